"""The benchmark of the models that ship: what it asks of each system, and the tables that it prints."""

import pytest

from tagger import Sentence
from tagger.text.conllu import read_conllu

CONLLU = """# text = Kofi Annan's here.
1	Kofi	_	PROPN	NNP	_	_	_	_	NER=B-PER
2-3	Annan's	_	_	_	_	_	_	_	_
2	Annan	_	PROPN	NNP	_	_	_	_	NER=I-PER
3	's	_	AUX	VBZ	_	_	_	_	NER=O
4	here	_	ADV	RB	_	_	_	_	SpaceAfter=No|NER=O
5	.	_	PUNCT	.	_	_	_	_	NER=O

# text = In Rome?
1	In	_	ADP	IN	_	_	_	_	_
2	Rome	_	PROPN	NNP	_	_	_	_	SpaceAfter=No
3	?	_	PUNCT	.	_	_	_	_	_

# text = Yes, UN
1	Yes	_	INTJ	UH	_	_	_	_	SpaceAfter=No|NER=O
2	,	_	PUNCT	,	_	_	_	_	NER=O
3	UN	_	PROPN	NNP	_	_	_	_	NER=B-ORG

"""


@pytest.fixture
def treebank(tmp_path, script):
    path = tmp_path / script("adapters.shipped_interface").TEST
    path.write_text(CONLLU, encoding="utf-8")
    return path


def test_gold_names_have_places_of_characters_and_unmarked_sentences_are_unknown(script, treebank):
    layers = script("adapters.shipped_interface").ENTITIES

    names, unknown = script("shipped_gold").gold_characters(read_conllu(treebank, layers))

    # KofiAnnan'shere. has 16 characters, InRome? has 7, Yes,UN 6.
    assert (names, unknown) == ([("PER", 0, 9), ("ORG", 27, 29)], [(16, 23)])


def test_scores_from_raw_text_of_a_system_that_cuts_possessives_off(script, treebank):
    interface = script("adapters.shipped_interface")
    sentences = [
        interface.ReadSentence(
            [[("Kofi", "PROPN")], [("Annan", "PROPN"), ("'s", "AUX")], [("here", "ADV")], [(".", "PUNCT")]],
            [("PER", 0, 2)],
        ),
        interface.ReadSentence([[("In", "ADP")], [("Rome", "NOUN")], [("?", "PUNCT")]], [("LOC", 1, 2)]),
        interface.ReadSentence([[("Yes,", "INTJ")], [("UN", "PROPN")]], [("LOC", 1, 2)]),
    ]
    read = interface.as_read(sentences)
    path = treebank.with_name("found.conllu")
    path.write_text(read.conllu, encoding="utf-8")

    scores = script("shipped_gold").text_scores(treebank.parent, path, read.names)

    # Tokens: 8 of 10 gold and 9 found. Words: 9 of 11 and 10, and 8 with the right tag.
    # Names: of 2 gold and 2 found ones that are known, Annan alone is right.
    assert scores == pytest.approx(
        {"tokens": 1600 / 19, "sentences": 100, "words": 1800 / 21, "upos": 1600 / 21, "names": 50}
    )


def test_f1_of_names_leaves_out_sentences_in_which_nobody_marked_any(script):
    gold, interface = script("shipped_gold"), script("adapters.shipped_interface")
    sentences = [
        gold.GoldSentence(["Ada"], {}, [("PER", 0, 1)]),
        gold.GoldSentence(["Rome"], {}, None),
        gold.GoldSentence(["Yes"], {}, []),
    ]
    found = [interface.Tagged(names=[(label, 0, 1)]) for label in ("PER", "LOC", "ORG")]

    assert gold.names_f1(sentences, found) == pytest.approx(200 / 3)


def test_accounts_of_tweets_are_no_names_where_they_do_not_count(script):
    gold, interface = script("shipped_gold"), script("adapters.shipped_interface")
    tweet = gold.GoldSentence(["@", "ada", "in", "Rome"], {}, [("PER", 0, 1), ("PER", 1, 2), ("LOC", 3, 4)])
    found = [interface.Tagged(names=[("ORG", 1, 2), ("LOC", 3, 4)])]

    assert gold.names_f1([tweet], found) == pytest.approx(200 / 5)
    assert gold.names_f1([gold.without_accounts(tweet)], found) == 100


def test_tests_are_read_as_they_were_written(script, tmp_path):
    gold = script("shipped_gold")
    sentences = [
        gold.GoldSentence(["Ada", "é"], {"upos": ["PROPN", "X"]}, [("PER", 0, 1)], [(1, 2)]),
        gold.GoldSentence(["Rome"], {}, None),
        gold.GoldSentence(["Yes"], {}, []),
    ]

    gold.write_tests(tmp_path / "some.jsonl", sentences)

    assert gold.read_tests(tmp_path, "some") == sentences


def test_nltk_gets_the_upos_that_a_word_with_its_tag_has_most_often_or_else_the_tag(script, tmp_path):
    interface = script("adapters.shipped_interface")
    rows = [("Run", "VERB", "VB"), ("be", "AUX", "VB"), ("be", "AUX", "VB"), ("go", "VERB", "VB"), ("go", "VERB", "VB")]
    lines = [f"{at}\t{word}\t_\t{upos}\t{xpos}" + "\t_" * 5 + "\n" for at, (word, upos, xpos) in enumerate(rows, 1)]
    (tmp_path / interface.TRAIN).write_text("".join(lines) + "\n", encoding="utf-8")
    system = script("adapters.nltk_perceptron").NltkShipped()

    system.train(tmp_path, tmp_path)
    system.folder = tmp_path

    assert system.upos()([("Be", "VB"), ("eat", "VB"), ("zzz", "LS")]) == ["AUX", "VERB", "X"]


def test_words_of_udpipe_are_counted_without_multiword_tokens(script):
    rows = [row for sentence in script("adapters.udpipe").word_rows(CONLLU) for row in sentence]

    assert [row[1] for row in rows] == ["Kofi", "Annan", "'s", "here", ".", "In", "Rome", "?", "Yes", ",", "UN"]


def test_names_and_places_of_ours_do_not_need_entities(script):
    system = script("adapters.ours").Shipped("english-small", ["upos", "xpos"])

    assert system.layers == ("upos", "xpos")
    assert system.names(Sentence.from_words(["Ada"])) == []


RESULTS = {
    "a": {"tags": {"upos": 96.123}, "names": {}, "text": {}, "speed": {"text": 9_000.4, "first": 0.5}},
    "b": {"tags": {"upos": 95.5}, "names": {}, "text": {}, "speed": {"text": 12_000, "first": 1.25}},
    "c": {"tags": {}, "names": {}, "text": {"words": 99}, "speed": {"first": 0.5}},
}


def test_the_best_figures_are_marked_and_systems_without_any_figure_left_out(script):
    shipped, titles = script("shipped"), {name: name.upper() for name in RESULTS}
    tags = [column for column in shipped.COLUMNS if column[:2] == ("tags", "upos")]
    speed = [column for column in shipped.COLUMNS if column[1] in ("text", "first")]

    assert list(shipped.rows(tags, RESULTS, titles, "**")) == [["A", "**96.12**"], ["B", "95.50"]]
    assert list(shipped.rows(speed, RESULTS, titles, "**")) == [
        ["A", "9,000", "**0.50**"],
        ["B", "**12,000**", "1.25"],
        ["C", "", "**0.50**"],
    ]


def test_every_column_of_the_readme_is_measured(script):
    shipped = script("shipped")
    measured = {f"{kind} {name}" for kind, name, *_ in shipped.COLUMNS}

    assert {name for names in shipped.IN_README.values() for name in names} <= measured


def test_the_figures_of_rounds_are_medians(script):
    assert script("shipped").medians([{"s": 3.0}, {"s": 1.0}, {"s": 1.5}]) == {"s": 1.5}
