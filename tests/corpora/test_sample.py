"""The sample corpus has what its description promises."""

from collections import Counter
from pathlib import Path

import pytest

from tagger.text.conllu import read_conllu, write_conllu
from tagger.text.scheme import invalid_positions
from tagger.text.sentence import Sentence

SAMPLE = Path(__file__).resolve().parents[2] / "corpora" / "sample"
TASKS = {"upos": "UPOS", "ner": "MISC:NER"}
# https://universaldependencies.org/u/pos/
UNIVERSAL_TAGS = set(
    "ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X".split()  # noqa: SIM905
)


@pytest.fixture(scope="module", params=["train", "dev", "test"])
def split(request) -> str:
    return request.param


def sentences_of(split: str) -> list[Sentence]:
    return list(read_conllu(SAMPLE / f"{split}.conllu", TASKS))


def test_every_token_has_a_universal_part_of_speech(split):
    tags = {tag for sentence in sentences_of(split) for tag in sentence.tags["upos"]}
    assert tags <= UNIVERSAL_TAGS


def test_entities_are_valid_iob2_of_four_classes(split):
    for sentence in sentences_of(split):
        assert invalid_positions(sentence.tags["ner"], "IOB2") == []
        assert {span.label for span in sentence.spans("ner")} <= {"PER", "LOC", "ORG", "MISC"}


def test_the_text_is_that_of_the_words(split):
    for sentence in sentences_of(split):
        spelled = "".join(word + " " * space for word, space in zip(sentence.words, sentence.space_after, strict=True))
        assert spelled.rstrip(" ") == sentence.text


def test_files_come_back_byte_for_byte(split):
    written = "".join(write_conllu(sentence, TASKS) for sentence in sentences_of(split))
    assert written.encode() == (SAMPLE / f"{split}.conllu").read_bytes()


def test_there_are_at_least_300_different_sentences_with_all_tags_and_classes():
    everything = [sentence for split in ("train", "dev", "test") for sentence in sentences_of(split)]
    assert len({sentence.words for sentence in everything}) == len(everything) >= 300
    assert {tag for sentence in everything for tag in sentence.tags["upos"]} == UNIVERSAL_TAGS
    assert set(Counter(span.label for sentence in everything for span in sentence.spans("ner"))) == {
        "PER",
        "LOC",
        "ORG",
        "MISC",
    }
