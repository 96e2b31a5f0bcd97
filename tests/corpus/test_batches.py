"""Training batches. Words name their sentence: word k of sentence n is `n_k`."""

from collections import Counter
from functools import cache
from itertools import pairwise
from math import ceil
from pathlib import Path
from unicodedata import normalize

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.backend import tf
from tagger.corpus.batches import batch_signature, is_epoch_end, training_batches
from tagger.corpus.bucketing import Batching, batching_by_tokens
from tagger.corpus.counts import count_split
from tagger.corpus.lookup import Lookup, Spelling
from tagger.corpus.shards import ShardWriter, shard_name
from tagger.corpus.training_records import TrainingRecords, WorkerShare
from tagger.model.vocabulary import PADDING, UNKNOWN, given_tag_vocabulary, tag_vocabulary, word_vocabulary
from tagger.model.word_features import WordFeatures
from tagger.text.sentence import Sentence

LENGTHS = [int(length) for length in np.random.default_rng(3).integers(1, 12, size=33)]


def sentence_of(number: int, length: int) -> Sentence:
    words = [f"{number}_{place}" for place in range(length)]
    tags = {"upos": ["NOUN" if place % 2 else "VERB" for place in range(length)]}
    return Sentence.from_words(words, tags=tags if number % 3 else {})


ALL_WORDS = word_vocabulary(
    {f"{number}_{place}": 1 for number, length in enumerate(LENGTHS) for place in range(length)}
)
WORD_OF = {id: word for word, id in ALL_WORDS.ids.items()}


@pytest.fixture(scope="module")
def lookup() -> Lookup:
    return Lookup(ALL_WORDS, word_vocabulary({"_": 1}), {"upos": tag_vocabulary(["NOUN", "VERB"])}, Spelling(False, 10))


def write(folder: Path, lengths: list[int], shards: int = 1) -> tuple[Path, ...]:
    with ShardWriter(folder, "train", shards) as writer:
        for number, length in enumerate(lengths):
            writer.write(sentence_of(number, length))
        return tuple(folder / info.file for info in writer.close())


def counted(files) -> list[int]:
    """The number of sentences in each file."""
    return [sum(1 for _ in tf.data.TFRecordDataset(str(file))) for file in files]


@cache
def read_all(
    files, lookup, batching, *, seed=1, epochs=range(1), max_tokens=0, **options
) -> list[dict[str, np.ndarray]]:
    shards = TrainingRecords(files, counted(files), max_tokens=max_tokens)
    return list(training_batches([shards], lookup, ["upos"], batching, seed, epochs, **options).as_numpy_iterator())


def read(*arguments, **options) -> list[dict[str, np.ndarray]]:
    """All batches except the empty ones after each epoch."""
    return [batch for batch in read_all(*arguments, **options) if not is_epoch_end(batch)]


def numbers(batch) -> list[int]:
    """The numbers of the sentences in a batch, read from their first words."""
    return [int(WORD_OF[row[0]].split("_")[0]) for row in batch["words"]]


def order(batches) -> list[int]:
    return [number for batch in batches for number in numbers(batch)]


@pytest.mark.parametrize(
    ("sentences", "batch_size", "pool", "shards", "buffer"),
    [(12, 4, 3, 9, 5), (33, 5, 2, 11, 20000), (2, 1, 1, 5, 1)],
)
def test_an_epoch_has_every_sentence_once_in_as_many_batches_as_steps(
    tmp_path: Path, lookup, sentences, batch_size, pool, shards, buffer
):
    files = write(tmp_path, LENGTHS[:sentences], shards)
    batching = Batching(batch_size, pool, buffer)
    batches = read(files, lookup, batching)
    assert Counter(order(batches)) == Counter(range(sentences))
    assert len(batches) == batching.steps(sentences)
    assert all(len(batch["lengths"]) <= batch_size for batch in batches)


@given(st.integers(1, 500), st.integers(1, 40), st.integers(1, 10))
def test_steps_are_the_batches_of_each_pool(sentences, batch_size, pool):
    size = batch_size * pool
    pools = [min(size, sentences - start) for start in range(0, sentences, size)]
    assert Batching(batch_size, pool, 1).steps(sentences) == sum(ceil(each / batch_size) for each in pools)


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> tuple[Path, ...]:
    return write(tmp_path_factory.mktemp("corpus"), LENGTHS, 3)


BATCHING = Batching(4, 3, 100)


def test_each_batch_is_padded_to_its_own_longest_sentence_alone(files, lookup):
    for batch in read(files, lookup, BATCHING, epochs=range(3)):
        longest = int(batch["lengths"].max())
        assert batch["words"].shape == batch["tags/upos"].shape == (len(batch["lengths"]), longest)
        inside = np.arange(longest) < batch["lengths"][:, np.newaxis]
        assert (batch["words"][inside] >= 2).all() and not batch["words"][~inside].any()
        assert not batch["tags/upos"][~inside].any()


def test_each_sentence_of_a_batch_keeps_its_words_and_tags(files, lookup):
    tag_ids = {"NOUN": 1, "VERB": 2}
    for batch in read(files, lookup, BATCHING, epochs=range(3)):
        for row, number in enumerate(numbers(batch)):
            sentence, length = sentence_of(number, LENGTHS[number]), LENGTHS[number]
            assert tuple(WORD_OF[id] for id in batch["words"][row, :length]) == sentence.words
            assert batch["annotated/upos"][row] == ("upos" in sentence.tags)
            assert batch["has_tag/upos"][row].sum() == (length if "upos" in sentence.tags else 0)
            tags = [tag_ids[tag] for tag in sentence.tags.get("upos", ())] or [0] * length
            assert batch["tags/upos"][row, :length].tolist() == tags


def test_words_that_are_not_composed_get_the_ids_of_those_that_are(tmp_path: Path):
    forms = [["Zoë", "García", "São", "한국", "A\u030a"], ["", "x"]]
    shards = []
    for form in ("NFC", "NFD"):
        (tmp_path / form).mkdir()
        sentences = [Sentence.from_words([normalize(form, word) for word in words]) for words in forms]
        with ShardWriter(tmp_path / form, "train", 1) as writer:
            for sentence in sentences:
                writer.write(sentence)
            shards.append(TrainingRecords([tmp_path / form / info.file for info in writer.close()], [2]))
        counts = count_split(sentences, [])
        assert sorted(counts.words) == sorted(normalize("NFC", word) for words in forms for word in words)
        assert counts.decomposed == (5 if form == "NFD" else 0)
    lookup = Lookup(
        word_vocabulary(counts.words), word_vocabulary(counts.characters), {}, Spelling(False, 10, WordFeatures(9))
    )
    composed, decomposed = (
        list(training_batches([each], lookup, [], BATCHING, 1, range(1), composing=bool(at)).as_numpy_iterator())
        for at, each in enumerate(shards)
    )
    assert len(composed) == len(decomposed) == 2
    for one, other in zip(composed, decomposed, strict=True):
        for name, values in one.items():
            np.testing.assert_array_equal(other[name], values)
    assert (composed[0]["words"] != UNKNOWN).all()


def test_a_token_without_a_tag_is_marked_and_counted_nowhere(tmp_path, lookup):
    sentence = Sentence.from_words(["a", "b", "c"], tags={"upos": ["NOUN", "", "VERB"]})
    with ShardWriter(tmp_path, "train", 1) as writer:
        writer.write(sentence)
        files = (tmp_path / writer.close()[0].file,)
    (batch,) = read(files, lookup, BATCHING)
    assert (batch["tags/upos"].tolist(), batch["has_tag/upos"].tolist()) == ([[1, 0, 2]], [[True, False, True]])
    assert batch["annotated/upos"].tolist() == [True]
    assert count_split([sentence], ["upos"]).tags == {"upos": {"NOUN": 1, "VERB": 1}}


def test_each_sentence_of_a_batch_keeps_its_given_tags_which_are_unknown_where_missing(files):
    given = {"upos": given_tag_vocabulary(["NOUN", "VERB"])}
    lookup = Lookup(ALL_WORDS, word_vocabulary({"_": 1}), {}, Spelling(False, 10), given=given)
    *batches, end = training_batches(
        [TrainingRecords(files, counted(files))], lookup, [], BATCHING, 1, range(1)
    ).as_numpy_iterator()
    assert end["given/upos"].shape == (0, 0)
    assert set(end) == set(batch_signature([], lookup.form_inputs, lookup.given_layers))
    for batch in batches:
        for row, number in enumerate(numbers(batch)):
            sentence, padding = sentence_of(number, LENGTHS[number]), batch["words"].shape[1] - LENGTHS[number]
            ids = [given["upos"].ids[tag] for tag in sentence.tags.get("upos", ())] or [UNKNOWN] * len(sentence)
            assert batch["given/upos"][row].tolist() == ids + [PADDING] * padding


def test_a_pool_is_sorted_by_length_and_its_batches_come_in_random_order(files, lookup):
    ranges = [(batch["lengths"].min(), batch["lengths"].max()) for batch in read(files, lookup, Batching(4, 50, 100))]
    assert all(shorter[1] <= longer[0] for shorter, longer in pairwise(sorted(ranges)))
    assert ranges != sorted(ranges)


def test_the_order_follows_from_seed_and_epoch_alone(files, lookup):
    first = order(read(files, lookup, BATCHING, epochs=range(3)))
    tf.random.set_seed(0)  # the program's own seed
    assert order(read(files, lookup, BATCHING, epochs=range(1, 3))) == first[33:]
    assert order(read(files, lookup, BATCHING, seed=0, epochs=range(1))) != first[:33]


def test_each_epoch_has_its_own_order(files, lookup):
    batches = read(files, lookup, BATCHING, epochs=range(3))
    steps = BATCHING.steps(len(LENGTHS))
    epochs = [batches[at : at + steps] for at in range(0, 3 * steps, steps)]
    assert [Counter(order(epoch)) for epoch in epochs] == [Counter(range(33))] * 3
    assert order(epochs[0]) != order(epochs[1]) != order(epochs[2])
    together = [{frozenset(numbers(batch)) for batch in epoch} for epoch in epochs]
    assert together[0] != together[1] != together[2]  # sentences change batches, too


def test_sentences_over_max_tokens_are_left_out(files, lookup):
    batches = read(files, lookup, Batching(4, 3, 100), max_tokens=6)
    assert sorted(order(batches)) == [number for number, length in enumerate(LENGTHS) if length <= 6]


def test_records_with_nothing_but_tokens_and_tags_are_enough(tmp_path: Path, lookup):
    example = tf.train.SequenceExample()
    for name, strings in {"tokens": ["1_0", "1_1"], "upos": ["NOUN", "VERB"]}.items():
        for string in strings:
            example.feature_lists.feature_list[name].feature.add().bytes_list.value.append(string.encode())
    empty = tf.train.SequenceExample()
    empty.feature_lists.feature_list["tokens"].SetInParent()
    path = tmp_path / shard_name("train", 0, 1)
    with tf.io.TFRecordWriter(str(path)) as writer:
        writer.write(example.SerializeToString())
        writer.write(empty.SerializeToString())
    (batch,) = read((path,), lookup, BATCHING)
    row = batch["lengths"].tolist().index(2)
    assert batch["tags/upos"][row].tolist() == [1, 2]
    assert batch["annotated/upos"].tolist()[row] is True
    assert (batch["lengths"][1 - row], batch["annotated/upos"][1 - row]) == (0, False)


def test_an_empty_batch_follows_each_epoch(files, lookup):
    ends = [is_epoch_end(batch) for batch in read_all(files, lookup, BATCHING, epochs=range(2))]
    assert ends == [*[False] * BATCHING.steps(33), True] * 2


@pytest.mark.parametrize("skip", [0, 3, 9, 50])
def test_skip_leaves_out_batches_of_the_first_epoch_only(files, lookup, skip):
    whole = read_all(files, lookup, BATCHING, epochs=range(1, 3))
    steps = BATCHING.steps(33)
    rest = read_all(files, lookup, BATCHING, epochs=range(1, 3), skip=skip)
    expected = [*whole[min(skip, steps) : steps + 1], *whole[steps + 1 :]]
    assert [batch["words"].tolist() for batch in rest] == [batch["words"].tolist() for batch in expected]


@pytest.mark.parametrize("batch_tokens", [1, 12, 30, 1000])
def test_batches_by_tokens_exceed_the_limit_only_for_a_single_longer_sentence(files, lookup, batch_tokens):
    batching = batching_by_tokens(batch_tokens, float(np.mean(LENGTHS)), pool=3, shuffle_buffer=100)
    batches = read(files, lookup, batching)
    assert Counter(order(batches)) == Counter(range(33))
    for batch in batches:
        assert batch["words"].size <= batch_tokens or len(batch["lengths"]) == 1


def test_batches_by_tokens_are_as_large_as_the_limit_allows(tmp_path: Path, lookup):
    batches = read(write(tmp_path, [1, 1, 2, 3, 3, 9]), lookup, batching_by_tokens(6, 1.0, pool=9, shuffle_buffer=9))
    # By hand: 1 1 2 pads to 3 x 2 = 6 tokens, 3 3 to 6, and 9 exceeds the limit.
    assert sorted(sorted(batch["lengths"].tolist()) for batch in batches) == [[1, 1, 2], [3, 3], [9]]


@pytest.mark.slow
@pytest.mark.parametrize(("shards", "workers"), [(3, 2), (3, 3), (1, 2), (2, 5)])
def test_the_shares_of_several_workers_make_up_the_corpus(tmp_path: Path, lookup, shards, workers):
    files = write(tmp_path, LENGTHS, shards)
    shares = [WorkerShare(index, workers) for index in range(workers)]
    orders = [order(read(files, lookup, BATCHING, share=share)) for share in shares]
    assert Counter(number for each in orders for number in each) == Counter(range(33))
    assert [len(each) for each in orders] == [share.sentences(counted(files)) for share in shares]
