"""Batches from several corpora: how often each sentence occurs, and with which tags.

Word 0 of sentence n of corpus c is `c_n`.
"""

from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.backend import tf
from tagger.corpus.batches import batch_signature, is_epoch_end, training_batches
from tagger.corpus.bucketing import Batching
from tagger.corpus.convert import convert
from tagger.corpus.lookup import Lookup, Spelling
from tagger.corpus.lower_case import SentencesInLowerCase
from tagger.corpus.mixture import MixedCorpus, count_corpora
from tagger.corpus.sampling import repetitions
from tagger.corpus.shards import ShardWriter
from tagger.corpus.training_records import TrainingRecords, WorkerShare
from tagger.model.vocabulary import UNKNOWN, given_tag_vocabulary, tag_vocabulary, word_vocabulary
from tagger.text.sentence import Sentence

SIZE = 40
NER = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
WORDS = word_vocabulary({f"{corpus}_{number}": 1 for corpus in "abc" for number in range(SIZE)})
WORD_OF = {id: word for word, id in WORDS.ids.items()}
BATCHING = Batching(4, 3, 100)


@pytest.fixture(scope="module")
def lookup() -> Lookup:
    tags = {"upos": tag_vocabulary(["NOUN"]), "ner": tag_vocabulary(NER)}
    return Lookup(WORDS, word_vocabulary({"_": 1}), tags, Spelling(False, 10))


def shards_of(
    folder: Path, corpus: str, tags: dict[str, list[str]], shards: int = 3, size: int = SIZE, **how
) -> TrainingRecords:
    """A corpus of sentences of two words, the second of which means nothing."""
    folder = folder / corpus
    folder.mkdir()
    with ShardWriter(folder, "train", shards) as writer:
        for number in range(size):
            writer.write(Sentence.from_words([f"{corpus}_{number}", "-"], tags=tags))
        infos = writer.close()
    return TrainingRecords([folder / info.file for info in infos], [info.sentences for info in infos], **how)


def epochs_of(corpora: list[TrainingRecords], lookup: Lookup, epochs: range = range(1), **options) -> list[list[dict]]:
    """The batches of each epoch."""
    read: list[list[dict]] = [[]]
    for batch in training_batches(corpora, lookup, ["upos", "ner"], BATCHING, 1, epochs, **options).as_numpy_iterator():
        if is_epoch_end(batch):
            read.append([])
        else:
            read[-1].append(batch)
    return read[:-1]


def order(batches: list[dict]) -> list[str]:
    return [WORD_OF[row[0]] for batch in batches for row in batch["words"]]


@given(st.integers(0, 10**9), st.floats(0.01, 5.0), st.integers(1, 50))
def test_a_sentence_occurs_as_often_as_its_weight_says(number, weight, epochs):
    came = repetitions(number, tf.range(epochs), weight).numpy()
    assert abs(came.sum() - weight * epochs) < 1.0 + 1e-6
    assert set(came) <= {int(weight), int(weight) + 1}


@pytest.mark.parametrize("weight", [0.1, 0.5, 1.3, 2.75])
def test_each_epoch_and_each_part_of_a_corpus_gets_its_share(weight):
    came = repetitions(tf.range(100_000, dtype=tf.int64), 3, weight).numpy()
    assert came.sum() == pytest.approx(100_000 * weight, abs=5)
    assert all(stretch.sum() == pytest.approx(1000 * weight, abs=5) for stretch in came.reshape(100, 1000))


def test_with_weight_one_half_two_epochs_read_each_sentence_once(tmp_path: Path, lookup):
    corpus = shards_of(tmp_path, "a", {"upos": ["NOUN", "NOUN"]}, weight=0.5)
    first, second, third = (Counter(order(epoch)) for epoch in epochs_of([corpus], lookup, range(3)))
    assert first | second == Counter(f"a_{number}" for number in range(SIZE))
    assert not first & second and first == third
    assert abs(len(first) - SIZE / 2) <= 1


def test_sentences_occur_more_than_once(tmp_path: Path, lookup):
    expected = {"a": (2.0, 2, 2), "b": (1.5, 1, 2), "c": (3.25, 3, 4)}
    corpora = [shards_of(tmp_path, name, {"upos": ["NOUN"] * 2}, weight=expected[name][0]) for name in expected]
    epochs = [order(epoch) for epoch in epochs_of(corpora, lookup, range(4))]
    for corpus, (weight, least, most) in expected.items():
        of_epochs = [Counter(word for word in words if word[0] == corpus) for words in epochs]
        for counts in of_epochs:
            assert len(counts) == SIZE and set(counts.values()) == {least, most}
            assert counts.total() == pytest.approx(SIZE * weight, abs=3)
        assert set(sum(of_epochs, Counter()).values()) == {4 * weight}


def test_corpora_are_drawn_from_in_proportion_from_the_first_to_the_last_batch(tmp_path: Path, lookup):
    corpora = [
        shards_of(tmp_path, "a", {"upos": ["NOUN", "NOUN"]}, weight=30.0),
        shards_of(tmp_path, "b", {"ner": ["B-PER", "O"]}, weight=10.0),
    ]
    (words,) = (order(epoch) for epoch in epochs_of(corpora, lookup))
    assert Counter(words) == Counter({f"a_{n}": 30 for n in range(SIZE)}) + Counter({f"b_{n}": 10 for n in range(SIZE)})
    quarters = np.array([word[0] == "a" for word in words]).reshape(4, -1).mean(axis=1)
    assert quarters == pytest.approx([0.75] * 4, abs=0.1)


def test_the_order_follows_from_seed_and_epoch_alone_and_can_be_resumed(tmp_path: Path, lookup):
    corpora = [
        shards_of(tmp_path, "a", {"upos": ["NOUN", "NOUN"]}, weight=1.5),
        shards_of(tmp_path, "b", {"ner": ["B-PER", "O"]}, weight=0.5, size=10),
    ]
    whole = epochs_of(corpora, lookup, range(4))
    tf.random.set_seed(0)  # the program's own seed
    assert all(order(one) != order(other) for one, other in pairwise(whole))
    assert [order(epoch) for epoch in epochs_of(corpora, lookup, range(2, 4), skip=5)] == [
        order(whole[2][5:]),
        order(whole[3]),
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("shards", "workers"), [(4, 2), (2, 3)])  # and one shard of the other corpus
def test_the_shares_of_several_workers_make_up_the_epoch(tmp_path: Path, lookup, shards, workers):
    corpora = [
        shards_of(tmp_path, "a", {"upos": ["NOUN", "NOUN"]}, shards, weight=1.5),
        shards_of(tmp_path, "b", {"ner": ["B-PER", "O"]}, 1, size=7),
    ]
    together = [Counter(order(epoch)) for epoch in epochs_of(corpora, lookup, range(2))]
    parts = [
        [Counter(order(epoch)) for epoch in epochs_of(corpora, lookup, range(2), share=WorkerShare(index, workers))]
        for index in range(workers)
    ]
    assert [sum(epochs, Counter()) for epochs in zip(*parts, strict=True)] == together
    drawn = [sum(each.sentences_per_epoch(WorkerShare(index, workers)) for each in corpora) for index in range(workers)]
    assert [part[0].total() for part in parts] == pytest.approx(drawn, abs=3)


def test_a_worker_without_sentences_has_empty_epochs(tmp_path: Path, lookup):
    corpora = [shards_of(tmp_path, corpus, {"upos": ["NOUN", "NOUN"]}, 1, size=1) for corpus in "ab"]
    assert epochs_of(corpora, lookup, range(2), share=WorkerShare(1, 2)) == [[], []]


def test_each_sentence_has_the_tags_of_its_own_corpus_under_the_names_of_the_model(tmp_path: Path, lookup):
    corpora = [
        shards_of(tmp_path, "a", {"upos": ["NOUN", "NOUN"], "ner": ["B-LOC", "O"]}, layers={"upos": "upos"}),
        shards_of(
            tmp_path,
            "b",
            {"entities": ["B-GPE", "I-GPE"], "ner": ["B-PER", "I-PER"]},
            layers={"ner": "entities"},
            renamed={"ner": {"B-GPE": "B-LOC", "I-GPE": "I-LOC"}},
        ),
    ]
    tags = tag_vocabulary(NER).ids
    (batches,) = epochs_of(corpora, lookup)
    for batch in batches:
        for row, word in enumerate(order([batch])):
            is_a = word[0] == "a"
            assert (batch["annotated/upos"][row], batch["annotated/ner"][row]) == (is_a, not is_a)
            assert batch["tags/upos"][row].tolist() == ([1, 1] if is_a else [0, 0])
            assert batch["tags/ner"][row].tolist() == ([0, 0] if is_a else [tags["B-LOC"], tags["I-LOC"]])


def test_a_given_layer_is_read_from_each_corpus_and_unknown_where_it_is_missing(tmp_path: Path):
    corpora = [
        shards_of(tmp_path, "a", {"upos": ["NOUN", "NOUN"], "ner": ["O", "O"]}, layers={"ner": "ner"}),
        shards_of(tmp_path, "b", {"ner": ["B-PER", "O"]}, layers={"ner": "ner"}),
    ]
    tags, upos = {"ner": tag_vocabulary(NER)}, given_tag_vocabulary(["NOUN"])
    lookup = Lookup(WORDS, word_vocabulary({"_": 1}), tags, Spelling(False, 10), given={"upos": upos})
    batches = training_batches(corpora, lookup, ["ner"], BATCHING, 1, range(1), lowering=SentencesInLowerCase(0.5))
    *batches, end = batches.as_numpy_iterator()
    assert is_epoch_end(end) and sum(len(batch["lengths"]) for batch in batches) == 2 * SIZE
    for batch in batches:
        assert batch.keys() == end.keys() == batch_signature(["ner"], lookup.form_inputs, lookup.given_layers).keys()
        for row, word in enumerate(order([batch])):
            id = upos.ids["NOUN"] if word[0] == "a" else UNKNOWN
            assert batch["given/upos"][row].tolist() == [id, id]


def test_two_tags_can_swap_names(tmp_path: Path, lookup):
    swapped = {"ner": {"B-PER": "B-LOC", "B-LOC": "B-PER"}}
    corpus = shards_of(tmp_path, "a", {"ner": ["B-PER", "B-LOC"]}, layers={"ner": "ner"}, renamed=swapped)
    ids = tag_vocabulary(NER).ids
    (batches,) = epochs_of([corpus], lookup)
    assert {tuple(row) for batch in batches for row in batch["tags/ner"]} == {(ids["B-LOC"], ids["B-PER"])}
    assert not any(batch["annotated/upos"].any() for batch in batches)


def test_sentences_read_and_counted_are_those_in_the_batches(tmp_path: Path):
    sentences = [
        Sentence.from_words(["Rome", "won"], tags={"entities": ["B-GPE", "O"], "ner": ["O", "O"], "upos": ["X", "X"]}),
        Sentence.from_words(["it"], tags={"upos": ["X"]}),
        Sentence.from_words(["too", "many", "words"], tags={"entities": ["B-GPE", "I-GPE", "O"]}),
    ]
    manifest = convert({"train": "x"}, tmp_path / "corpus", read=lambda _: iter(sentences))
    renamed = {"ner": {"B-GPE": "B-LOC", "I-GPE": "I-LOC"}}
    corpus = MixedCorpus(manifest, ["ner"], {"ner": "entities"}, renamed, 2.0, max_tokens=2)
    only_scored = MixedCorpus(manifest, ["ner"], {"ner": "entities"}, {}, 0.0)
    assert [sentence.tags.get("ner") for sentence in corpus.read("train")] == [
        ("B-LOC", "O"),
        None,
        ("B-LOC", "I-LOC", "O"),
    ]
    assert corpus.annotated("train") == ["ner"] and corpus.annotated("dev") == []
    counts, sizes = count_corpora([corpus, only_scored])
    assert (counts.sentences, counts.tokens, counts.left_out) == (2, 3, 1)
    assert counts.tags == {"ner": Counter({"B-LOC": 1, "O": 1})}
    assert [(size.sentences, size.weight) for size in sizes] == [(2, 2.0)]
