"""Each graph is traced once: tracing at every epoch, or for every new batch shape, is slow."""

import pytest
from tensorflow.python.framework.func_graph import FuncGraph

from tagger.config.load import load_config
from tagger.corpus.read import open_corpus
from tagger.training import loop
from tagger.training.train import train


@pytest.fixture
def traced(monkeypatch) -> list[str]:
    """Collects the names of all traced graphs: functions, gradients, loops, dataset maps.

    TensorFlow has no public count of them, but each is a FuncGraph.
    """
    names = []
    make = FuncGraph.__init__

    def counting(graph, name, *arguments, **options):
        names.append(name)
        make(graph, name, *arguments, **options)

    monkeypatch.setattr(FuncGraph, "__init__", counting)
    return names


@pytest.mark.slow
@pytest.mark.parametrize("kernel", ["fused", "dynamic_rnn"])
def test_nothing_is_traced_after_the_first_epoch(kernel, traced, tiny_corpus, tiny_config, tmp_path, monkeypatch):
    by_epoch = []
    note_epoch = loop.note_epoch

    def noting(*arguments):
        note_epoch(*arguments)
        by_epoch.append(list(traced))
        traced.clear()

    monkeypatch.setattr(loop, "note_epoch", noting)
    settings = ["training.epochs=4", "training.checkpoint_steps=2", f"encoder.kernel={kernel}"]
    train(load_config(tiny_config, settings), [open_corpus(tiny_corpus)], tmp_path / "model")

    first, *others = by_epoch
    assert [first.count(name) for name in ("_run", "_scores")] == [1, 1]  # the training step, and tagging dev
    assert "Dataset_map_encode" in first
    assert others == [[], [], []]
    assert traced == []  # nor when the best weights are scored on dev and test
