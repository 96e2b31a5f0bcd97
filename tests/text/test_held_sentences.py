"""Annotated sentences that a program holds, in every form; Hugging Face's data sets are stood for by a class."""

from dataclasses import dataclass

import numpy as np
import pytest

from tagger.errors import DataError
from tagger.text.held_sentences import held_sentences
from tagger.text.remarks import Remarks
from tagger.text.sentence import Sentence

WORDS, TAGS = ["Ada", "slept"], ["B-PER", "O"]
TEXT = {"text": "Ada slept. She left.", "spans": [{"start": 0, "end": 3, "label": "PER"}]}


def read_one(item, **options):
    (sentence,) = held_sentences([item], **options)
    return sentence


@pytest.mark.parametrize(
    ("item", "tags"),
    [
        (Sentence.from_words(WORDS, tags={"ner": TAGS}), {"ner": ("B-PER", "O")}),
        ((WORDS, TAGS), {"tags": ("B-PER", "O")}),
        ([WORDS, TAGS], {"tags": ("B-PER", "O")}),
        ((np.array(WORDS), np.array(TAGS)), {"tags": ("B-PER", "O")}),
        ((WORDS, {"ner": TAGS, "pos": [None, "VBD"]}), {"ner": ("B-PER", "O"), "pos": ("", "VBD")}),
        ([("Ada", "NNP"), ("slept", "VBD")], {"tags": ("NNP", "VBD")}),
        ({"tokens": WORDS, "ner_tags": TAGS, "id": "a"}, {"ner_tags": ("B-PER", "O")}),
        ({"words": tuple(WORDS), "tags": TAGS}, {"tags": ("B-PER", "O")}),
        ({"text": "Ada slept", "spans": TEXT["spans"]}, {"ner": ("B-PER", "O")}),
        (("Ada slept", {"entities": [(0, 3, "PER")]}), {"ner": ("B-PER", "O")}),
    ],
)
def test_every_form_of_a_sentence_is_read(item, tags):
    sentence = read_one(item)
    assert (sentence.words, sentence.tags) == (("Ada", "slept"), tags)
    assert sentence.place() == "sentence 1"


def test_a_text_has_several_sentences_which_are_one_document():
    found = held_sentences([TEXT, TEXT])
    assert [sentence.words[0] for sentence in found] == ["Ada", "She"] * 2
    assert [sentence.paragraph for sentence in found] == [True, False] * 2
    assert [sentence.place(1) for sentence in found] == ["sentence 1"] * 2 + ["sentence 2"] * 2


def test_a_key_of_dictionaries_tells_documents_apart():
    found = held_sentences([{"tokens": WORDS, "ner": TAGS, "doc_id": document} for document in (7, 7, 8)])
    assert [sentence.paragraph for sentence in found] == [True, False, True]


@dataclass
class ClassLabel:
    """As `datasets.ClassLabel` has names, and `datasets.Sequence` a feature."""

    names: list[str] | None = None
    feature: "ClassLabel | None" = None


class Split(list):
    """Stands for `datasets.Dataset`: dictionaries, beside the features of their columns."""

    features = {  # noqa: RUF012
        "id": ClassLabel(),
        "tokens": ClassLabel(feature=ClassLabel()),
        "ner_tags": ClassLabel(feature=ClassLabel(["O", "B-PER"])),
        "pos_tags": [ClassLabel(["NNP", "VBD"])],
    }


def test_class_labels_name_the_ids_of_a_data_set():
    split = Split([{"id": "0", "tokens": WORDS, "ner_tags": [1, 0], "pos_tags": np.array([0, 1])}])
    (sentence,) = held_sentences(split)
    assert sentence.tags == {"ner_tags": ("B-PER", "O"), "pos_tags": ("NNP", "VBD")}
    with pytest.raises(DataError, match="sentence 1: entry 2 of 'ner_tags' is 2, which has no name"):
        held_sentences(Split([{"tokens": WORDS, "ner_tags": [1, 2]}]))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([(WORDS, TAGS), (WORDS, ["O"])], "train, sentence 2: 2 words but 1 tags of 'tags': give one for each word"),
        ([(WORDS, [0, 1])], "train, sentence 1: tag 1 of 'tags' is the number 0: give names, such as B-PER"),
        ([(["Ada", ""], TAGS)], "train, sentence 1: word 2 is '': give a string that is not empty"),
        ([([3, "a"], TAGS)], "train, sentence 1: word 1 is 3: give a string"),
        ([(WORDS, {"ner": "PER"})], "train, sentence 1: the tags of 'ner' are 'PER': give a list"),
        ([(WORDS, TAGS), "Ada slept"], "train, sentence 2 is 'Ada slept': give a Sentence, "),
        ([WORDS], "train, sentence 1 is ['Ada', 'slept']: give a Sentence, "),
        ([{"ner": TAGS}], "train, sentence 1: there is neither 'tokens' nor 'text' in it; give one of them"),
        ([{"tokens": WORDS, "ner": ["O"]}], "train, sentence 1: 2 tokens but 1 in 'ner'; give one for each token"),
        ([{"text": "Ada", "spans": [{"start": 0, "end": 9, "label": "PER"}]}], "train, sentence 1: the span PER (0 to"),
        ({"tokens": WORDS, "ner": TAGS}, "train: this is one sentence, not a list of sentences: "),
        (7, "train: this is int, not a list of sentences: "),
        ([], "train: no sentence in them; give a Sentence, "),
    ],
)
def test_what_is_no_sentence_is_named_by_its_number(data, message):
    with pytest.raises(DataError) as raised:
        held_sentences(data, "train")
    assert str(raised.value).startswith(message)


def test_what_is_not_read_as_it_stands_is_remarked():
    remarks = Remarks()
    held_sentences([{"tokens": []}, {"text": "Ada slept", "spans": TEXT["spans"] * 2}], "dev", remarks=remarks)
    assert [str(remark) for remark in remarks] == [
        "records without a word, skipped: 1, at dev, sentence 1",
        "spans that stand twice, read once: 1, at dev, sentence 2",
    ]
