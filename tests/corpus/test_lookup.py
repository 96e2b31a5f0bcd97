import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.backend import tf
from tagger.corpus.lookup import Lookup, Spelling
from tagger.model.vocabulary import (
    UNKNOWN,
    Vocabulary,
    character_window,
    given_tag_vocabulary,
    tag_vocabulary,
    word_vocabulary,
)
from tagger.text.casing import lower_case

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SENTENCES = st.lists(st.lists(WORDS, max_size=6), min_size=1, max_size=4)


def lookup_of(words=(), characters=(), *, lowercase=False, max_length=40, tags=None) -> Lookup:
    known = word_vocabulary(dict.fromkeys(words, 1)), word_vocabulary(dict.fromkeys(characters, 1))
    return Lookup(*known, tags or {}, Spelling(lowercase, max_length))


def batch_of(lookup: Lookup, sentences: list[list[str]]) -> dict[str, np.ndarray]:
    tokens = [word.encode() for words in sentences for word in words]
    lengths = [len(words) for words in sentences]
    ragged = tf.RaggedTensor.from_row_lengths(tf.constant(tokens, tf.string, shape=[len(tokens)]), lengths)
    return {name: tensor.numpy() for name, tensor in lookup.inputs(ragged).items()}


def test_a_batch_worked_by_hand():
    lookup = lookup_of(["dog", "the"], "dgot")
    batch = batch_of(lookup, [["the", "dog", "the"], ["god"]])
    assert batch["words"].tolist() == [[3, 2, 3], [UNKNOWN, 0, 0]]
    assert batch["lengths"].tolist() == [3, 1]
    assert batch["distinct"].tolist() == [[1, 2, 1], [3, 0, 0]]
    assert batch["characters"].tolist() == [[0, 0, 0], [5, 1, 1], [2, 4, 3], [3, 4, 2]]
    assert {tensor.dtype for tensor in batch.values()} == {np.dtype("int32")}


@settings(max_examples=60, deadline=None)
@given(SENTENCES, st.booleans(), st.integers(2, 9), st.data())
def test_the_graph_finds_the_ids_that_plain_python_finds(sentences, lowercase, max_length, data):
    words = [word for sentence in sentences for word in sentence]
    forms = [lower_case(word) if lowercase else word for word in words]
    known = data.draw(st.sets(st.sampled_from(forms))) if forms else set()
    characters = data.draw(st.sets(st.sampled_from("".join(words)))) if "".join(words) else set()
    lookup = lookup_of(known, characters, lowercase=lowercase, max_length=max_length)
    word_ids = word_vocabulary(dict.fromkeys(known, 1)).ids
    character_ids = word_vocabulary(dict.fromkeys(characters, 1)).ids

    batch = batch_of(lookup, sentences)

    assert batch["words"].shape == batch["distinct"].shape == (len(sentences), max(map(len, sentences)))
    assert batch["characters"].shape[0] == 1 + len(set(words))
    assert not batch["characters"][0].any()
    for row, sentence in enumerate(sentences):
        assert batch["lengths"][row] == len(sentence)
        assert not batch["words"][row, len(sentence) :].any()
        assert not batch["distinct"][row, len(sentence) :].any()
        for column, word in enumerate(sentence):
            form = lower_case(word) if lowercase else word
            assert batch["words"][row, column] == word_ids.get(form, UNKNOWN)
            spelled = [character_ids.get(character, UNKNOWN) for character in character_window(word, max_length)]
            ids = batch["characters"][batch["distinct"][row, column]].tolist()
            assert ids == spelled + [0] * (len(ids) - len(spelled))


def test_a_word_of_ten_thousand_characters_is_read_by_its_two_ends():
    word = "a" * 5000 + "b" * 5000
    batch = batch_of(lookup_of([word], "ab", max_length=40), [[word, "a"]])
    assert batch["words"].tolist() == [[2, UNKNOWN]]
    assert batch["characters"][1].tolist() == [2] * 20 + [3] * 20
    assert batch["characters"].shape == (3, 40)


def test_empty_words_and_sentences_have_a_column_for_characters():
    batch = batch_of(lookup_of(["a"], "a"), [["", ""], []])
    assert batch["words"].tolist() == [[UNKNOWN, UNKNOWN], [0, 0]]
    assert batch["characters"].tolist() == [[0], [0]]
    assert batch_of(lookup_of(), [[]])["words"].shape == (1, 0)


def test_tags_unknown_to_the_vocabulary_and_padding_are_0():
    lookup = lookup_of(tags={"upos": tag_vocabulary(["NOUN", "VERB"])})
    tags = tf.ragged.constant([["VERB", "X", "NOUN"], [], ["NOUN"]], dtype=tf.string)
    assert lookup.tags("upos", tags, tf.constant(4, tf.int64)).numpy().tolist() == [[2, 0, 1, 0], [0] * 4, [1, 0, 0, 0]]


def test_given_tags_are_unknown_where_train_or_the_sentence_does_not_have_them():
    known = {"pos": given_tag_vocabulary(["NN", "DT", "NN", ""]), "chunk": given_tag_vocabulary([])}
    words = word_vocabulary({"a": 1})
    lookup = Lookup(words, words, {}, Spelling(False, 5), given=known)
    tokens = tf.ragged.constant([["a", "dog", ""], [], ["a", "b"]])
    tags = tf.ragged.constant([["DT", "X", ""], [], []], dtype=tf.string)

    batch = lookup.given(tokens, {"pos": tags, "chunk": tags})

    assert lookup.given_layers == ["pos", "chunk"]
    assert batch["given/pos"].numpy().tolist() == [[2, UNKNOWN, UNKNOWN], [0, 0, 0], [UNKNOWN, UNKNOWN, 0]]
    assert batch["given/chunk"].numpy().tolist() == [[UNKNOWN] * 3, [0, 0, 0], [UNKNOWN, UNKNOWN, 0]]
    assert {tensor.dtype for tensor in batch.values()} == {tf.int32}


def test_given_tags_of_no_sentences_are_none():
    words = word_vocabulary({"a": 1})
    lookup = Lookup(words, words, {}, Spelling(False, 5), given={"pos": given_tag_vocabulary(["NN"])})
    nothing = tf.ragged.constant([], dtype=tf.string, ragged_rank=1)
    assert lookup.given(nothing, {"pos": nothing})["given/pos"].shape == (0, 0)


@pytest.mark.parametrize("first", [1, 2])
def test_an_empty_vocabulary_knows_nothing(first):
    lookup = Lookup(Vocabulary((), first), Vocabulary((), first), {}, Spelling(False, 5))
    batch = batch_of(lookup, [["", "a\0"]])
    assert batch["words"].tolist() == [[UNKNOWN, UNKNOWN]]
    assert batch["characters"].tolist() == [[0, 0], [0, 0], [UNKNOWN, UNKNOWN]]
