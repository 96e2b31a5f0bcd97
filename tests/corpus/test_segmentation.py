"""What a segmenter learns from: the tags of units, and text varied as each rate says and not otherwise."""

from dataclasses import replace

import pytest

from tagger.config.segmenter_keys import SegmenterConfig
from tagger.corpus.raw_text import paragraphs
from tagger.corpus.segmentation import (
    MOST_SENTENCES,
    learn_rules,
    training_windows,
    whole_paragraphs,
    with_made_paragraphs,
)
from tagger.model.segmentation_rules import BOUNDARY, GAP, MULTIWORD, SegmentationRules
from tagger.text.conllu import read_conllu
from tagger.text.multiword import ONE_WORD
from tagger.text.units import UnitRules

PLAIN = {
    name: 0.0
    for name in (
        "line_breaks",
        "wide_spaces",
        "joined_sentences",
        "unpunctuated",
        "lower_case",
        "apostrophes",
        "initials",
        "emoji",
    )
} | {"least_windows": 0}
WHOLE = {**PLAIN, "copies": 1, "window": 1000}
"""Settings with which the text stands as it is, in windows that hold a paragraph."""

ALWAYS = 1 - 1e-9

TEXT = """\
# newpar
1-2\tDon't\t_\t_\t_\t_\t_\t_\t_\t_
1\tDo\t_\tAUX\t_\t_\t_\t_\t_\t_
2\tn't\t_\tPART\t_\t_\t_\t_\t_\t_
3\tsay\t_\tVERB\t_\t_\t_\t_\t_\t_
4\t"\t_\tPUNCT\t_\t_\t_\t_\t_\tSpaceAfter=No
5\tno\t_\tINTJ\t_\t_\t_\t_\t_\tSpaceAfter=No
6\t"\t_\tPUNCT\t_\t_\t_\t_\t_\tSpaceAfter=No
7\t.\t_\tPUNCT\t_\t_\t_\t_\t_\t_

1\tAda\t_\tPROPN\t_\t_\t_\t_\t_\tSpacesAfter=\\n
2-3\tcan't\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=No
2\tca\t_\tAUX\t_\t_\t_\t_\t_\t_
3\tn't\t_\tPART\t_\t_\t_\t_\t_\t_
4\t.\t_\tPUNCT\t_\t_\t_\t_\t_\t_

# newpar
1\tWhy\t_\tADV\t_\t_\t_\t_\t_\tSpaceAfter=No
2\t?!\t_\tPUNCT\t_\t_\t_\t_\t_\t_

"""


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    """Two paragraphs: `Don't say "no". Ada↵can't.` and `Why?!`."""
    path = tmp_path_factory.mktemp("segmentation") / "text.conllu"
    path.write_text(TEXT, encoding="utf-8")
    return list(paragraphs(read_conllu(path)))


@pytest.fixture(scope="module")
def rules(text):
    """The multiword tokens of the text, and units that are words or single marks."""
    return SegmentationRules(UnitRules(frozenset({("LATIN", "LATIN")})), learn_rules(text * 10).multiword)


def shown(sentence):
    """The units of a window, each with its boundary and what stands after it: `Ada/T space`."""
    return [
        f"{unit}/{boundary} {gap}"
        for unit, boundary, gap in zip(sentence.words, sentence.tags[BOUNDARY], sentence.tags[GAP], strict=True)
    ]


def varied(text, rules, seed=1, **rates):
    settings = SegmenterConfig(**{**WHOLE, **rates})
    return [shown(window) for window in training_windows(text, rules, settings, seed)]


AS_IT_STANDS = [
    [
        *("Don/I none", "'/I none", "t/T space", "say/T space", '"/T none', "no/T none", '"/T none', "./S space"),
        *("Ada/T line", "can/I none", "'/I none", "t/T none", "./S end"),
    ],
    ["Why/T none", "?/I none", "!/S end"],
]


def test_the_texts(text):
    assert [each.text for each in text] == ["Don't say \"no\". Ada\ncan't.", "Why?!"]


def test_units_have_the_boundaries_of_the_text(text, rules):
    assert [shown(each) for each in whole_paragraphs(text, rules)] == AS_IT_STANDS
    assert varied(text, rules) == AS_IT_STANDS


def test_the_last_unit_of_a_multiword_token_has_its_rule(text, rules):
    assert rules.multiword.rules == ("*n't=* n't",)

    first, second = whole_paragraphs(text, rules)

    assert first.tags[MULTIWORD] == ("", "", "*n't=* n't", *[ONE_WORD] * 6, "", "", "*n't=* n't", ONE_WORD)
    assert second.tags[MULTIWORD] == (ONE_WORD, "", ONE_WORD)


def test_a_corpus_without_multiword_tokens_has_no_such_task(text):
    assert MULTIWORD not in next(whole_paragraphs(text[1:], learn_rules(text[1:]))).tags


def test_windows_are_the_text_cut_into_parts(text, rules):
    settings = SegmenterConfig(**{**PLAIN, "copies": 3, "window": 8})
    windows = list(training_windows(text * 5, rules, settings, 1))

    assert all(len(window) <= 8 for window in windows)
    assert [unit for window in windows for unit in shown(window)] == [
        unit for paragraph in AS_IT_STANDS * 15 for unit in paragraph
    ]
    lengths = [len(window) for window in windows]
    thirds = [lengths[at * len(lengths) // 3 : (at + 1) * len(lengths) // 3] for at in range(3)]
    assert thirds[0] != thirds[1]


def test_the_same_seed_gives_the_same_windows(text, rules):
    rates = {name: 0.5 if value == 0.0 and name != "least_windows" else 0 for name, value in PLAIN.items()}

    assert varied(text * 5, rules, 1, copies=2, **rates) == varied(text * 5, rules, 1, copies=2, **rates)
    assert varied(text * 5, rules, 1, copies=2, **rates) != varied(text * 5, rules, 2, copies=2, **rates)
    copies = varied(text * 5, rules, 1, copies=2, **rates)
    assert copies[: len(copies) // 2] != copies[len(copies) // 2 :]


def test_line_breaks_come_in_place_of_spaces(text, rules):
    long = list(paragraphs(replace(sentence, paragraph=False) for sentence in text[0].sentences * 8))
    before, after = varied(long, rules)[0], varied(long, rules, line_breaks=ALWAYS)[0]

    changed = [(one, other) for one, other in zip(before, after, strict=True) if one != other]
    assert len(changed) >= 2
    assert all(one.endswith(" space") and other == one.replace(" space", " line") for one, other in changed)


def test_wide_spaces_stand_between_sentences(text, rules):
    first, second = varied(text, rules, wide_spaces=ALWAYS)

    assert first == [unit.replace("./S space", "./S wide") for unit in AS_IT_STANDS[0]]
    assert second == AS_IT_STANDS[1]


def test_sentences_are_joined_after_a_full_stop(text, rules):
    first, second = varied(text, rules, joined_sentences=ALWAYS)

    assert first[:7] == AS_IT_STANDS[0][:7]
    assert first[7:9] == ["./S none", "Ada/T line"]
    assert second == AS_IT_STANDS[1]


def test_unpunctuated_sentences_lose_their_final_mark_alone(text, rules):
    assert varied(text, rules, unpunctuated=ALWAYS) == [
        [
            *("Don/I none", "'/I none", "t/T space", "say/T space", '"/T none', "no/T none", '"/S space'),
            *("Ada/T line", "can/I none", "'/I none", "t/S end"),
        ],
        ["Why/S end"],
    ]


def test_lower_case_changes_letters_alone(text, rules):
    lowered = [[unit[0].lower() + unit[1:] for unit in paragraph] for paragraph in AS_IT_STANDS]

    assert varied(text, rules, lower_case=ALWAYS) == lowered


def test_typographic_marks_change_quotes_alone(text, rules):
    first, second = varied(text, rules, apostrophes=ALWAYS)

    assert first == [
        *("Don/I none", "’/I none", "t/T space", "say/T space", "“/T none", "no/T none", "”/T none", "./S space"),
        *("Ada/T line", "can/I none", "’/I none", "t/T none", "./S end"),
    ]
    assert second == AS_IT_STANDS[1]


def test_typographic_tokens_keep_their_rule(text, rules):
    settings = SegmenterConfig(**{**WHOLE, "apostrophes": ALWAYS})

    assert next(training_windows(text, rules, settings, 1)).tags[MULTIWORD][2] == "*n't=* n't"


def test_an_emoji_ends_the_sentence_before_it(text, rules):
    first, second = varied(text, rules, emoji=ALWAYS)

    # An emoji may be several units; none of them is ASCII.
    assert [unit for unit in first if unit[0].isascii()] == [
        unit.replace("./S space", "./T space").replace("./S end", "./T space") for unit in AS_IT_STANDS[0]
    ]
    assert [unit for unit in second if unit[0].isascii()] == ["Why/T none", "?/I none", "!/T space"]
    ends = [number for number, unit in enumerate(first) if "/S" in unit]
    assert len(ends) == 2
    assert first[ends[0]].endswith("/S space")
    assert first[ends[0] + 1] == "Ada/T line"
    assert first[-1].endswith("/S end")


NAME_WORDS = ("George", "Bush", "saw", "NASA", "in", "Paris", "on", "page", "3", "of", "it", ".")
NAMES = "# newpar\n" + "".join(
    f"{number}\t{word}\t_\tX\t_\t_\t_\t_\t_\t{'SpaceAfter=No' if word == 'it' else '_'}\n"
    for number, word in enumerate(NAME_WORDS, start=1)
)


@pytest.fixture
def names(tmp_path):
    path = tmp_path / "names.conllu"
    path.write_text(f"{NAMES}\n", encoding="utf-8")
    return list(paragraphs(read_conllu(path)))


def test_initials_stand_before_capitalised_words_or_in_place_of_first_names_and_a_letter_may_end_a_sentence(
    names, monkeypatch
):
    monkeypatch.setattr("tagger.corpus.segmentation.LAST_LETTERS", 1.0)
    (sentence,) = varied(names, learn_rules(names), initials=ALWAYS)

    assert sentence[:2] == ["G/I none", "./T space"]
    bush, saw, paris = (sentence.index(f"{name}/T space") for name in ("Bush", "saw", "Paris"))
    for put in (sentence[2:bush], sentence[saw + 3 : paris]):
        assert len(put) in (2, 4)
        assert all(one[0] in "GBP" and one[1:] == "/I none" for one in put[::2])
        assert set(put[1::2]) == {"./T space"}
    assert sentence[bush:][:4] == ["Bush/T space", "saw/T space", "NASA/T space", "in/T space"]
    *middle, last, mark = sentence[paris:]
    assert middle == ["Paris/T space", "on/T space", "page/T space", "3/T space", "of/T space"]
    assert (last[0] in "GBP", last[1:], mark) == (True, "/T none", "./S end")


def test_titles_stand_before_some_capitalised_words_and_references_before_numbers(names):
    rates = {"initials": ALWAYS, "titles": ("Prof.",), "references": ("Fig.",)}
    found = [varied(names, learn_rules(names), seed, **rates)[0] for seed in range(20)]

    for sentence in found:
        at = sentence.index("3/T space")
        assert sentence[at - 3 : at] == ["page/T space", "Fig/I none", "./T space"]
    before = {tuple(sentence[sentence.index("Paris/T space") - 2 :][:2]) for sentence in found}
    assert ("Prof/I none", "./T space") in before
    assert len(before) > 1


def test_long_paragraphs_are_cut_into_made_ones(text):
    (endless,) = paragraphs(
        [replace(sentence, paragraph=False) for _ in range(40) for each in text for sentence in each.sentences]
    )

    made = with_made_paragraphs([endless], 1)

    assert len(made) > 120 / MOST_SENTENCES
    assert all(1 <= len(each.sentences) <= MOST_SENTENCES for each in made)
    assert [sentence.words for each in made for sentence in each.sentences] == [
        sentence.words for sentence in endless.sentences
    ]
    assert made == with_made_paragraphs([endless], 1) != with_made_paragraphs([endless], 2)
    for each in made:
        assert all(each.text[sentence.start : sentence.end] == sentence.text for sentence in each.sentences)


def test_paragraphs_of_the_source_stay(text):
    assert with_made_paragraphs(text, 1) == text
