"""Spans of training sentences that are replaced by others with the same label."""

from collections import Counter

import numpy as np
import pytest

from tagger.backend import tf
from tagger.config.load import check_config
from tagger.corpus.convert import convert
from tagger.corpus.from_config import mixed_corpora, with_schemes
from tagger.corpus.read import open_corpus
from tagger.corpus.span_replacement import SpanReplacement, TrainSpan, span_replacement
from tagger.corpus.training_records import TrainingRecords
from tagger.errors import ConfigError
from tagger.training.options import TrainingOptions
from tagger.training.run import Run
from tagger.training.soft_target_records import Targets
from tagger.training.train import train
from tagger.training.workers import Workers

SEED = tf.constant([3, -4], tf.int64)


def span(words: str, upos: str = "") -> TrainSpan:
    tags = (("upos", tuple(upos.encode().split())),) if upos else ()
    return TrainSpan(tuple(words.encode().split()), tags)


PLACES = {"LOC": [span("Paris", "PROPN"), span("New York", "ADJ PROPN")], "PER": [span("Ada", "PROPN")]}


def replaced(rows, spans=PLACES, *, rate=1.0, limit=0, plain=("upos",), fixed=(), seed=SEED) -> list[tuple[str, ...]]:
    """Sentences, each as its words, its tags of `ner` and those of other layers, after the replacement."""
    names = ["tokens", "ner", *plain, *fixed]
    columns = zip(*([part.split() for part in row] for row in rows), strict=True)
    pool = {
        name: tf.ragged.constant(column, tf.string, row_splits_dtype=tf.int64)
        for name, column in zip(names, columns, strict=True)
    }
    replacement = SpanReplacement("ner", rate, spans, plain, fixed)
    origins = tf.zeros([len(rows)], tf.int64)
    found = replacement(pool, origins, [TrainingRecords([], [], max_tokens=limit)], seed)
    lists = [found[name].to_list() for name in names]
    return [tuple(b" ".join(part).decode() for part in row) for row in zip(*lists, strict=True)]


def test_a_span_becomes_the_other_one_of_its_label_with_its_own_tags():
    rows = [("in Paris now", "O B-LOC O", "ADP PROPN ADV"), ("New York !", "B-LOC I-LOC O", "ADJ PROPN PUNCT")]
    assert replaced(rows) == [
        ("in New York now", "O B-LOC I-LOC O", "ADP ADJ PROPN ADV"),
        ("Paris !", "B-LOC O", "PROPN PUNCT"),
    ]


def test_neighbouring_spans_stay_two_and_a_label_with_no_other_span_stays():
    rows = [("Ada Paris Paris left", "B-PER B-LOC B-LOC O", "PROPN PROPN PROPN VERB")]
    expected = ("Ada New York New York left", "B-PER B-LOC I-LOC B-LOC I-LOC O", "PROPN ADJ PROPN ADJ PROPN VERB")
    assert replaced(rows) == [expected]


def test_a_sentence_without_a_layer_needs_no_tags_of_it_and_one_with_it_takes_only_spans_that_have_them():
    spans = {"LOC": [span("Paris"), span("Rome", "PROPN"), span("Oslo")]}
    rows = [("Rome", "B-LOC", "PROPN"), ("Paris", "B-LOC", "X"), ("in Oslo", "O B-LOC", "")]
    (first, second, third) = replaced(rows, spans)
    assert first == ("Rome", "B-LOC", "PROPN")  # no other one has parts of speech
    assert second == ("Rome", "B-LOC", "PROPN")
    assert third in [("in Paris", "O B-LOC", ""), ("in Rome", "O B-LOC", "")]


def test_sentences_with_tags_of_another_span_task_or_without_any_stay():
    rows = [("Paris !", "B-LOC O", "B-NP O"), ("Paris !", "B-LOC O", ""), ("Paris !", "", ""), ("", "", "")]
    found = replaced(rows, plain=(), fixed=("chunk",))
    assert [row[0] for row in found] == ["Paris !", "New York !", "Paris !", ""]
    assert [row[1] for row in found] == ["B-LOC O", "B-LOC I-LOC O", "", ""]


def test_no_sentence_becomes_longer_than_its_corpus_allows():
    rows = [("in Paris", "O B-LOC", ""), ("Paris", "B-LOC", "")]
    assert [row[0] for row in replaced(rows, limit=2)] == ["in Paris", "New York"]


def test_an_empty_pool_stays_empty():
    nothing = tf.RaggedTensor.from_row_lengths(tf.constant([], tf.string), tf.constant([], tf.int64))
    replacement = SpanReplacement("ner", 0.5, PLACES, (), ())
    pool = {"tokens": nothing, "ner": nothing}
    found = replacement(pool, tf.zeros([0], tf.int64), [TrainingRecords([], [])], SEED)
    assert [column.to_list() for column in found.values()] == [[], []]


def test_the_share_is_drawn_by_the_seed_and_each_other_span_is_as_likely():
    spans = {"LOC": [span(name) for name in ("Paris", "Rome", "Oslo", "Bern")]}
    rows = [("Paris", "B-LOC", "")] * 3000
    found = replaced(rows, spans, rate=0.4)
    assert found == replaced(rows, spans, rate=0.4)
    assert found != replaced(rows, spans, rate=0.4, seed=SEED + 1)
    counts = Counter(row[0] for row in found)
    assert 1 - counts["Paris"] / 3000 == pytest.approx(0.4, abs=0.03)
    # `Rome` follows `Paris` and is taken for it too.
    assert counts["Rome"] / 3000 == pytest.approx(0.2, abs=0.03)
    assert counts["Oslo"] / 3000 == pytest.approx(0.1, abs=0.02)


@pytest.fixture(scope="module")
def config(tiny_config):
    from tagger.config.load import load_config

    return load_config(tiny_config, ["tasks.ner.replace_spans=0.5", "training.decay=none", "training.epochs=3"])


def test_the_spans_of_train_are_its_different_ones_with_the_tags_of_plain_tasks(config, tiny_corpus):
    corpora = [open_corpus(tiny_corpus)]
    replacement = span_replacement(with_schemes(config, corpora), mixed_corpora(config, corpora))
    found = {label: {(span.words, span.tags) for span in spans} for label, spans in replacement._spans.items()}
    proper = (b"PROPN",)
    assert found == {
        "PER": {((b"Ada",), (("upos", proper),)), ((b"Ada", b"Lovelace"), (("upos", 2 * proper),))},
        "LOC": {((b"Paris",), (("upos", proper),)), ((b"New", b"York"), (("upos", 2 * proper),))},
    }
    without = check_config({"tasks": {"ner": {}}}, "test")
    assert span_replacement(without, mixed_corpora(without, corpora)) is None


def test_plain_tags_and_two_tasks_are_refused(tmp_path, tiny_corpus):
    plain = check_config({"tasks": {"upos": {"replace_spans": 0.1}}}, "test")
    with pytest.raises(ConfigError, match=r"tasks.upos.replace_spans is for spans"):
        with_schemes(plain, [open_corpus(tiny_corpus)])
    (tmp_path / "two.tsv").write_text("Paris\tB-NP\tB-LOC\nsleeps\tB-VP\tO\n\n", encoding="utf-8")
    two = convert({"train": tmp_path / "two.tsv"}, tmp_path / "two", columns=["token", "chunk", "ner"])
    both = check_config({"tasks": {"ner": {"replace_spans": 0.1}, "chunk": {"replace_spans": 0.1}}}, "test")
    with pytest.raises(ConfigError, match=r"tasks.chunk.replace_spans: the spans of 'ner' are replaced already"):
        with_schemes(both, [two])
    one = with_schemes(check_config({"tasks": {"ner": {"replace_spans": 0.1}, "chunk": {}}}, "test"), [two])
    replacement = span_replacement(one, mixed_corpora(one, [two]))
    assert (replacement._plain, replacement._fixed) == ([], ["chunk"])


def test_an_epoch_has_other_spans_than_the_next_and_a_resumed_run_the_same(config, tiny_corpus, tmp_path):
    corpora = [open_corpus(tiny_corpus)]
    folder = tmp_path / "run"
    folder.mkdir()
    run = Run(with_schemes(config, corpora), corpora, folder, Workers())
    batches = list(run.batches(0).as_numpy_iterator())
    words = run.vocabularies.words.entries
    epochs: list[list[list[str]]] = [[]]
    for batch in batches:
        if not len(batch["lengths"]):
            epochs.append([])
        epochs[-1] += [[words[id - 2] for id in row if id] for row in batch["words"]]
        tagged = batch["tags/upos"] > 0
        np.testing.assert_array_equal(tagged, batch["words"] > 0)
        np.testing.assert_array_equal(batch["tags/ner"] > 0, tagged)
    originals = [sorted(epoch) for epoch in epochs[:3]]
    assert [len(epoch) for epoch in originals] == [20, 20, 20]
    assert originals[0] != originals[1] != originals[2]
    skipped = list(run.batches(1, skip=2).as_numpy_iterator())
    ends = [number for number, batch in enumerate(batches) if not len(batch["lengths"])]
    for one, other in zip(batches[ends[0] + 3 :], skipped, strict=True):
        for name in one:
            np.testing.assert_array_equal(one[name], other[name])
    # Soft targets are those of the words that the teachers have read.
    assert Run(run.config, corpora, folder, Workers(), Targets(folder, 1, 0.0, "")).replacing is None


@pytest.mark.slow
def test_a_run_learns_from_replaced_spans_and_resumes_to_the_bit(config, tiny_corpus, tmp_path, assert_same_weights):
    corpora = [open_corpus(tiny_corpus)]
    train(config, corpora, tmp_path / "whole")
    fewer = config.model_copy(update={"training": config.training.model_copy(update={"epochs": 1})})
    train(fewer, corpora, tmp_path / "resumed")
    train(config, corpora, tmp_path / "resumed", TrainingOptions(resume=True))
    assert_same_weights(tmp_path / "whole", tmp_path / "resumed")
    assert "replace_spans = 0.5" in (tmp_path / "whole" / "config.toml").read_text(encoding="utf-8")
