"""Scores from raw text, against values worked by hand and those of the published script of the CoNLL 2018 shared task.

The script is conll18_ud_eval.py by Straka and Popel, in the copy of stanza 1.4.2 on PyPI. It was run on the sentences
below, written as CoNLL-U. `PUBLISHED` has its counts: correct, predicted, gold, and aligned where it gives these.
"""

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.evaluation.raw_scores import RawCounts, RawSums, raw_figures, sum_up_text
from tagger.evaluation.raw_split import score_raw
from tagger.text.conllu import read_conllu
from tagger.text.sentence import Sentence

Token = tuple[str, list[tuple[str, str]]]
"""A token as it stands in the text, and its words with their tags."""


def place(text: str, tokens: Sequence[Token], at: int = 0, task: str = "upos") -> Sentence:
    """The sentence of these tokens, the first of which stands in the text at `at` or later."""
    words, starts, ends, tags, multiword = [], [], [], [], []
    for surface, parts in tokens:
        start = text.index(surface, at)
        at = start + len(surface)
        stand = "".join(word for word, _ in parts) == surface  # the words stand in the text
        if len(parts) > 1 or not stand:
            multiword.append((len(words), len(words) + len(parts) - 1))
        for word, tag in parts:
            starts.append(start)
            start += len(word) if stand else 0
            ends.append(start if stand else at)
            words.append(word)
            tags.append(tag)
    space_after = tuple(text[end : end + 1].isspace() for end in ends)
    places = (tuple(words), tuple(starts), tuple(ends), space_after, text[starts[0] : at], starts[0])
    return Sentence(*places, tags={task: tuple(tags)}, multiword=tuple(multiword), after=" ")


def cut(text: str, *lines: str, task: str = "upos") -> list[Sentence]:
    """The sentences of a text: in each line its tokens with a bar between, as `zum=zu/ADP+dem/DET|Haus/NOUN`.

    A multiword token has `=` and its words with `+` between. A word has its tag after the slash, or none.
    """
    sentences: list[Sentence] = []
    for line in lines:
        tokens = []
        for token in line.split("|"):
            surface, equals, parts = token.partition("=")
            pairs = [part.partition("/")[::2] for part in (parts.split("+") if equals else [token])]
            tokens.append((surface if equals else pairs[0][0], pairs))
        sentences.append(place(text, tokens, sentences[-1].end if sentences else 0, task))
    return sentences


def counted(text: str, gold: Sequence[str], predicted: Sequence[str]) -> RawSums:
    return sum_up_text(text, cut(text, *gold), cut(text, *predicted), {"upos": None})


CASES = {
    # `zum` is not taken apart, and two sentences are one.
    "German, merged": (
        "Wir gehen zum Haus. Dort warten wir.",
        ["Wir/PRON|gehen/VERB|zum=zu/ADP+dem/DET|Haus/NOUN|./PUNCT", "Dort/ADV|warten/VERB|wir/PRON|./PUNCT"],
        ["Wir/PRON|gehen/VERB|zum/ADP|Haus/PROPN|./PUNCT|Dort/ADV|warten/VERB|wir/PRON|./PUNCT"],
    ),
    # `des` is cut into two tokens, and `du` taken apart where it is a misspelt `dû`.
    "French": (
        "Le prix des pommes a du monter au marché.",
        [
            "Le/DET|prix/NOUN|des=de/ADP+les/DET|pommes/NOUN|a/AUX|du/VERB|monter/VERB|au=à/ADP+le/DET|marché/NOUN"
            "|./PUNCT"
        ],
        [
            "Le/DET|prix/NOUN|de/ADP|s/X|pommes/NOUN|a/AUX|du=de/ADP+le/DET|monter/VERB|au=à/ADP+le/PRON|marché/NOUN"
            "|./PUNCT"
        ],
    ),
    # A sentence is cut in two, `Do` is written `do`, and `ca` and `n't` are tokens.
    "English": (
        "Don't go, Dr. Tol can't see al-Qaeda :)",
        [
            "Don't=Do/AUX+n't/PART|go/VERB|,/PUNCT|Dr./PROPN|Tol/PROPN|can't=can/AUX+n't/PART|see/VERB|al-Qaeda/PROPN"
            "|:)/SYM"
        ],
        [
            "Don't=do/AUX+not/PART|go/VERB|,/PUNCT|Dr/PROPN|./PUNCT",
            "Tol/PROPN|ca/AUX|n't/PART|see/VERB|al/X|-/PUNCT|Qaeda/PROPN|:/PUNCT|)/PUNCT",
        ],
    ),
    # Tokens that hold spaces: white space does not count, so `10 000` and `10000` would be the same token.
    "Vietnamese and numbers": (
        "Việt Nam  có 10 000 hồ.\n\nHết!",
        ["Việt Nam/PROPN|có/VERB|10 000/NUM|hồ/NOUN|./PUNCT", "Hết/VERB|!/PUNCT"],
        ["Việt/PROPN|Nam/PROPN|có/VERB|10 000/NUM|hồ/VERB|.\n\nHết/X|!/PUNCT"],
    ),
    # Multiword tokens that overlap one another, and a predicted token that sticks out of them.
    "overlapping": (
        "dámelo y vámonos nos",
        ["dámelo=dá/VERB+me/PRON+lo/PRON|y/CCONJ|vámonos=vamos/VERB+nos/PRON|nos/PRON"],
        ["dá/VERB|melo y=me/PRON+lo/PRON+y/CCONJ|vámonos nos=vamos/VERB+nos/ADV"],
    ),
}
PUBLISHED = {  # tokens, sentences: right, predicted, gold; words, upos: also aligned
    "German, merged": [(9, 9, 9), (0, 1, 2), (8, 9, 10, 8), (7, 9, 10, 8)],
    "French": [(9, 11, 10), (1, 1, 1), (10, 13, 12, 10), (9, 13, 12, 10)],
    "English": [(5, 14, 9), (0, 2, 1), (6, 15, 11, 6), (6, 15, 11, 6)],
    "Vietnamese and numbers": [(4, 7, 7), (0, 1, 2), (4, 7, 7, 4), (3, 7, 7, 4)],
    "overlapping": [(0, 3, 4), (1, 1, 1), (6, 6, 7, 6), (5, 6, 7, 6)],
}


@pytest.mark.parametrize("name", CASES)
def test_counts_are_those_of_the_published_script(name):
    sums = counted(*CASES[name])
    counts = [(one.right, one.predicted, one.gold) for one in (sums.tokens, sums.sentences)]
    aligned = [(one.right, one.predicted, one.gold, one.aligned) for one in (sums.words, sums.tasks["upos"])]
    assert [*counts, *aligned] == PUBLISHED[name]


def test_german_by_hand():
    # gold        Wir gehen [zu dem](zum) Haus .     | Dort warten wir .     9 tokens, 10 words, 2 sentences
    # predicted   Wir gehen     zum       Haus .       Dort warten wir .     9 tokens,  9 words, 1 sentence
    #
    # tokens      all nine have the same place
    # sentences   the predicted one begins as the first and ends as the second: none is right
    # words       `zum` is neither `zu` nor `dem`: 8 right of 9 predicted, 10 gold, F1 2 * 8 / (9 + 10) = 16/19
    # upos        `Haus` is PROPN, so 7 of the 8 aligned: F1 2 * 7 / 19 = 14/19, accuracy over aligned words 7/8
    figures = raw_figures(counted(*CASES["German, merged"]))
    assert figures["tokens"] == {"precision": 1, "recall": 1, "f1": 1, "support": 9}
    assert figures["sentences"] == {"precision": 0, "recall": 0, "f1": 0, "support": 2}
    assert figures["words"] == pytest.approx({"precision": 8 / 9, "recall": 8 / 10, "f1": 16 / 19, "support": 10})
    upos = {"precision": 7 / 9, "recall": 7 / 10, "f1": 14 / 19, "support": 10, "aligned_accuracy": 7 / 8}
    assert figures["tasks"] == {"upos": pytest.approx(upos)}


def test_overlapping_multiword_tokens_by_hand():
    # characters  d á m e l o y v á m o n o s n o s
    # gold        [dá me lo.] y [vamos nos..] nos..      multiword tokens 0-6 and 7-14; 4 tokens, 7 words
    # predicted   dá  [me lo y] [vamos nos........]      multiword tokens 2-7 and 7-17; 3 tokens, 6 words
    #
    # The stretch 0-17 cuts none of the multiword tokens. The longest common subsequence of its forms, dá me lo y vamos
    # nos nos and dá me lo y vamos nos, is 6 long; of its tags, only that of `nos` is wrong (PRON, ADV). No place of a
    # token is the same.
    sums = counted(*CASES["overlapping"])
    assert (sums.tokens, sums.words) == (RawCounts(0, 3, 4), RawCounts(6, 6, 7, 6))
    assert sums.tasks["upos"] == RawCounts(5, 6, 7, 6)


def test_sentences_without_any_word_and_texts_without_any_sentence_count_nothing():
    empty = Sentence((), (), (), (), "")
    assert sum_up_text("", [empty], [], {"upos": None}) == RawSums(tasks={"upos": RawCounts()})
    figures = raw_figures(RawSums(tasks={"upos": RawCounts()}))
    assert figures["words"]["f1"] == figures["tasks"]["upos"]["aligned_accuracy"] == 0


TEXT = "Ada Lovelace left New York."


def test_spans_by_their_characters_whatever_the_words():
    # gold        PER Ada Lovelace 0-11 | LOC New York 15-22 (white space not counted)
    # predicted   PER Ada Lovelace 0-11, whose `Love` and `lace` are two words | LOC York. 18-23, one word with the stop
    gold = cut(TEXT, "Ada/B-PER|Lovelace/I-PER|left/O|New/B-LOC|York/I-LOC|./O", task="ner")
    given = cut(TEXT, "Ada/B-PER|Love/I-PER|lace/I-PER|left/O|New/O|York./B-LOC", task="ner")
    sums = sum_up_text(TEXT, gold, given, {"ner": "IOB2"})
    assert sums.tasks["ner"] == RawCounts(1, 2, 2)
    assert raw_figures(sums)["tasks"]["ner"] == {"precision": 0.5, "recall": 0.5, "f1": 0.5, "support": 2}


def test_words_without_a_gold_tag_do_not_count():
    # `Lovelace` and `New` have no gold tag. Predicted are 7 words; left out are `Love` and `lace`, which stand in the
    # place of the first, and `New`, which is aligned with the second. Of the four left, `left` has a wrong tag.
    gold = cut(TEXT, "Ada/PROPN|Lovelace|left/VERB|New|York/PROPN|./PUNCT")
    given = cut(TEXT, "Ada/PROPN|Love/X|lace/X|left/ADJ|New/ADJ|York/PROPN|./PUNCT")
    assert sum_up_text(TEXT, gold, given, {"upos": None}).tasks["upos"] == RawCounts(3, 4, 4, 4)
    assert sum_up_text(TEXT, gold, given, {"xpos": None}).tasks["xpos"] == RawCounts(0, 0, 0, 0)


def test_spans_that_touch_words_without_a_gold_tag_do_not_count():
    # `Lovelace` and `York` have no gold tag: the spans over `Ada` and `New` may go on there, so neither counts, nor
    # does the predicted span over `York`. The one over `left` is wrong.
    gold = cut(TEXT, "Ada/B-PER|Lovelace|left/O|New/B-LOC|York|./O", task="ner")
    given = cut(TEXT, "Ada/B-PER|Lovelace/O|left/B-LOC|New/O|York/B-LOC|./O", task="ner")
    assert sum_up_text(TEXT, gold, given, {"ner": "IOB2"}).tasks["ner"] == RawCounts(0, 1, 0)


def test_sums_add_up():
    first, second = (counted(*CASES[name]) for name in ("German, merged", "French"))
    other = RawSums(tasks={"ner": RawCounts(1, 2, 3)}, spans=frozenset({"ner"}), unplaced=4)
    whole = first + second + other
    assert whole.words == RawCounts(8 + 10, 9 + 13, 10 + 12, 8 + 10)
    assert whole.tasks == {"upos": RawCounts(7 + 9, 9 + 13, 10 + 12, 8 + 10), "ner": RawCounts(1, 2, 3)}
    assert (whole.sentences, whole.spans, whole.unplaced) == (RawCounts(1, 2, 3), {"ner"}, 4)


@given(st.lists(st.sampled_from(["ab/X", "zum=zu/X+dem/Y", "a b/Z", "aba=ab/X+a/X", "./P"]), min_size=1), st.data())
def test_a_segmentation_is_right_in_its_own_eyes(tokens, data):
    ends = sorted({*data.draw(st.sets(st.integers(1, len(tokens)))), len(tokens)})
    lines = ["|".join(tokens[start:end]) for start, end in zip([0, *ends], ends, strict=False)]
    text = "  ".join(re.split("[=/]", token)[0] for token in tokens)
    figures = raw_figures(counted(text, lines, lines))
    assert {figures[name]["f1"] for name in ("tokens", "sentences", "words")} == {1}
    assert figures["tasks"]["upos"]["f1"] == figures["tasks"]["upos"]["aligned_accuracy"] == 1


CONTRACTIONS = {"zum": ("zu", "dem"), "im": ("in", "dem"), "am": ("an", "dem"), "des": ("de", "des")}


def crudely_cut(text: str) -> list[Sentence]:
    """A segmentation of German: words and marks, four of them multiword tokens, and sentences that end at a stop."""
    sentences: list[Sentence] = []
    tokens: list[Token] = []
    for surface in [*re.findall(r"\w+|[^\w\s]", text), ""]:
        if surface:
            tag = "NOUN" if surface.istitle() else "ADP" if surface in CONTRACTIONS else "PUNCT"
            tokens.append((surface, [(word, tag) for word in CONTRACTIONS.get(surface, (surface,))]))
        if tokens and surface in (".", ""):
            sentences.append(place(text, tokens, sentences[-1].end if sentences else 0))
            tokens = []
    return sentences


def test_counts_on_a_treebank_are_those_of_the_published_script(shared_corpora):
    file = shared_corpora / "ud" / "UD_German-GSD" / "de_gsd-ud-test.conllu"
    sums = score_raw(crudely_cut, read_conllu(file, {"upos": "UPOS"}), {"upos": None})
    counts = [(one.right, one.predicted, one.gold) for one in (sums.tokens, sums.sentences, sums.words)]
    assert counts == [(15823, 16658, 16225), (603, 881, 977), (15921, 16927, 16499)]
    assert sums.tasks["upos"] == RawCounts(5272, 16927, 16499, 15921)
