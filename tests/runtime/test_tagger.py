import itertools

import pytest

from tagger.runtime.tagger import WINDOW, Tagger, load
from tagger.text.sentence import Sentence


@pytest.fixture(scope="module")
def model(tiny_model) -> Tagger:
    return load(tiny_model)


def test_a_text_is_cut_into_sentences_of_tagged_tokens_whose_offsets_count_its_characters(model):
    text = " \r\n She sees Paris.\n\n  Ada left the dog .\r\n"
    sentences = model(text)
    assert [sentence.words for sentence in sentences] == [
        ("She", "sees", "Paris", "."),
        ("Ada", "left", "the", "dog", "."),
    ]
    for sentence in sentences:
        assert text[sentence.start : sentence.end] == sentence.text
        for token in sentence:
            assert text[token.start : token.end] == token.text
            assert set(token.tags) == {"upos", "ner"}


def test_a_model_that_has_learned_its_corpus_finds_what_is_in_it(model):
    (sentence,) = model("Ada Lovelace sees New York .")
    assert sentence.tags["upos"] == ("PROPN", "PROPN", "VERB", "PROPN", "PROPN", "PUNCT")


def test_lists_of_words_and_sentences_are_tagged_as_they_are(model):
    given = Sentence.from_words(["She", "left"], tags={"upos": ["X", "X"], "mood": ["ind", "past"]}, id="s1")
    first, second = model.tag([["She", "left"], given])
    assert first.words == second.words == ("She", "left")
    assert second.id == "s1"
    assert second.tags == {"upos": first.tags["upos"], "ner": first.tags["ner"], "mood": ("ind", "past")}


def test_sentences_are_tagged_in_order_while_they_come(model):
    taken = []
    endless = (taken.append(number) or [str(number), "."] for number in itertools.count())
    tagged = model.tag(endless)
    assert [next(tagged).words[0] for _ in range(3)] == ["0", "1", "2"]
    assert len(taken) == WINDOW
    assert [sentence.words[0] for sentence in itertools.islice(tagged, WINDOW)][-1] == str(WINDOW + 2)


def test_a_stream_of_lines_is_tagged_as_the_text(model):
    text = "She left.\nAda sees the cat.\n\nParis\n"
    assert list(model.stream(text.splitlines(keepends=True))) == model(text)


def test_nothing_is_tagged_as_nothing(model):
    assert model("") == model(" \n\t") == list(model.tag([])) == []
    assert [sentence.tags for sentence in model.tag([[]])] == [{"upos": (), "ner": ()}]


def test_words_of_ten_thousand_characters_and_sentences_of_five_thousand_words(model):
    words = ["a" * 10_000, *["dog"] * 5000]
    (sentence,) = model.tag([words])
    assert len(sentence.tags["upos"]) == len(sentence.tags["ner"]) == 5001


def test_two_models_in_one_process_do_not_disturb_each_other(model, tiny_model):
    text = "Ada Lovelace sees New York ."
    before = model(text)
    other = load(tiny_model)
    assert other(text) == before
    assert model(text) == before
