from tagger.text.sentence import Sentence
from tagger.text.task_names import with_task_names

PLAIN, SPANS = ("NNP", "VBD"), ("B-PER", "O")


def named(tags, known=None):
    sentence = Sentence.from_words(["Ada", "slept"], tags=tags)
    ((found,),) = with_task_names({"train": [sentence]}, known).values()
    assert list(found.tags.values()) == list(sentence.tags.values())
    return list(found.tags)


def test_names_lose_what_says_that_they_are_tags():
    assert named({"ner_tags": SPANS, "POS": PLAIN, "chunk tag": SPANS, "feats": PLAIN}) == [
        "ner",
        "pos",
        "chunk",
        "feats",
    ]


def test_tags_without_a_name_are_those_of_spans_or_parts_of_speech():
    assert (named({"tags": SPANS}), named({"labels": PLAIN}), named({"Tag": SPANS, "POS": PLAIN})) == (
        ["ner"],
        ["pos"],
        ["ner", "pos"],
    )


def test_tags_without_a_name_are_those_of_the_one_known_task_of_their_kind():
    assert named({"tags": SPANS}, {"entities": True, "upos": False}) == ["entities"]
    assert named({"tags": PLAIN}, {"entities": True, "upos": False}) == ["upos"]
    assert named({"tags": PLAIN}, {"xpos": False, "upos": False}) == ["pos"]
    assert named({"tags": SPANS}, {"entities": None}) == ["entities"]


def test_known_names_stay_and_none_is_given_twice():
    assert named({"ner_tags": SPANS}, {"ner_tags": True}) == ["ner_tags"]
    assert named({"ner_tags": SPANS, "ner": SPANS}) == ["ner_tags", "ner"]


def test_all_splits_are_named_alike():
    train = Sentence.from_words(["Ada"], tags={"tags": ["B-PER"]})
    dev = Sentence.from_words(["Go"], tags={"tags": ["O"]})
    found = with_task_names({"train": [train], "dev": [dev]})
    assert [list(sentences[0].tags) for sentences in found.values()] == [["ner"], ["ner"]]
