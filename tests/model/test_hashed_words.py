"""Hashed words: SipHash as its authors publish it, the same keys as TensorFlow's, and files that are damaged."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.backend import tf
from tagger.corpus.lookup import Lookup, Spelling
from tagger.errors import ModelError
from tagger.model.hashed_words import hashed_words, load_keys, save_keys, word_keys
from tagger.model.vector_table import VectorTable
from tagger.model.vocabulary import word_vocabulary

# Hashes of the bytes 0, 1, 2, ... of each length, by github.com/veorq/SipHash, vectors.h, with the key 0, 1, ..., 15.
PUBLISHED = {0: 0x726FDB47DD0E0E31, 1: 0x74F839C593DC67FD, 2: 0x0D6C8009D9A94F5A, 3: 0x85676696D7FB7E2D}
PUBLISHED |= {7: 0xAB0200F58B01D137, 8: 0x93F5F5799A932462, 15: 0xA129CA6149BE45E5}
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=70)


def test_keys_are_the_low_bits_of_published_hashes():
    words = ["".join(map(chr, range(length))) for length in PUBLISHED]
    assert word_keys(words).tolist() == [each & (2**40 - 1) for each in PUBLISHED.values()]
    assert word_keys([]).shape == (0,)


def test_only_the_first_128_bytes_of_a_word_count():
    keys = word_keys(["a" * 127, "a" * 128, "a" * 129, "a" * 200 + "b", "é" * 64, "é" * 65])
    assert keys[1] == keys[2] == keys[3] and keys[4] == keys[5]
    assert len(set(keys.tolist())) == 3


@settings(max_examples=40)
@given(st.lists(WORDS, max_size=30), st.data())
def test_the_graph_finds_the_ids_that_the_table_finds(words, data):
    listed = data.draw(st.lists(st.sampled_from(words), unique=True)) if words else []
    known = hashed_words(np.sort(word_keys(listed)), 1)
    table = VectorTable(known, np.zeros((1 + len(listed), 2), np.float32))
    nothing = word_vocabulary({})
    lookup = Lookup(nothing, nothing, {}, Spelling(lowercase=False, max_length=9), vectors=known)
    distinct = list(dict.fromkeys(words))
    tokens = tf.RaggedTensor.from_row_lengths(tf.constant(distinct, tf.string, [len(distinct)]), [len(distinct)])
    in_graph = lookup.inputs(tokens)["vectors"][1:, 0].numpy()
    np.testing.assert_array_equal(in_graph, table.ids(distinct))
    assert (table.ids(listed) > 0).all() and len(set(table.ids(listed).tolist())) == len(listed)


def test_a_word_is_looked_up_as_it_stands_and_then_in_lower_case():
    words = ["paris", "Ada", "zebra"]
    table = VectorTable(hashed_words(word_keys(words), 1), np.zeros((4, 2), np.float32))
    assert table.ids(["Ada", "ada", "PARIS", "Zebra", "lion", ""]).tolist() == [2, 0, 1, 3, 0, 0]


def test_of_two_words_with_one_key_the_first_has_it():
    words = hashed_words(np.array([7, 5, 7]), 1)
    assert (words.keys.tolist(), words.ids.tolist()) == ([5, 7], [2, 1])


@pytest.mark.parametrize("count", [0, 1, 5, 3000])
def test_keys_are_read_as_they_were_written_and_take_four_bytes(tmp_path, count):
    keys = np.unique(word_keys([f"word{number}" for number in range(count)]))
    save_keys(tmp_path / "keys.npy", keys)
    np.testing.assert_array_equal(load_keys(tmp_path / "keys.npy"), keys)
    assert (tmp_path / "keys.npy").stat().st_size == 128 + 4 * (256 + len(keys))  # NumPy's header has 128 bytes


@pytest.mark.parametrize("damage", ["gone", "cut", "too few", "not rising", "of another type"])
def test_damaged_keys_are_an_error(tmp_path, damage):
    path = tmp_path / "keys.npy"
    keys = np.unique(word_keys([f"word{number}" for number in range(1000)]))
    save_keys(path, keys)
    stored = np.load(path)
    if damage == "gone":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-2])
    elif damage == "too few":
        np.save(path, stored[:-1])
    elif damage == "not rising":
        np.save(path, np.concatenate([stored[:256], stored[256:][::-1]]))
    else:
        np.save(path, stored.astype(np.int64))
    with pytest.raises(ModelError, match=r"keys\.npy: .*train"):
        load_keys(path)


def test_a_word_outside_the_list_seldom_has_a_key_of_it():
    listed = np.unique(word_keys([f"word{number}" for number in range(200_000)]))
    others = word_keys([f"other{number}" for number in range(200_000)])
    assert np.isin(others, listed).sum() <= 1  # 0.036 are expected: 200,000 * 200,000 / 2**40
    # Of the lowest 24 bits alone, 200,000 * (1 - exp(-200,000 / 2**24)) = 2,370 are expected to be among the listed.
    assert 2100 < np.isin(others % 2**24, listed % 2**24).sum() < 2650
