"""From a real treebank to scores, as a user would: convert, train, eval, tag."""

import json

import pytest

from tagger.cli import main


def run(*arguments) -> None:
    """Run a command that must end well."""
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    assert left.value.code == 0


@pytest.mark.slow
def test_one_epoch_of_ewt(shared_corpora, tmp_path, capsys):
    data, model = tmp_path / "data", tmp_path / "model"
    run("convert", "corpora/ud-english-ewt", "--source", shared_corpora / "ud/UD_English-EWT", "--to", data)
    # A tenth of the configuration's epochs, of a smaller network: enough to beat the most frequent tag of each word,
    # 86.20 on this split.
    smaller = ["training.epochs=1", "training.average=0.99", "encoder.units=64", "language_model.weight=0"]
    smaller += ["segmenter.epochs=1", "segmenter.copies=1", "segmenter.least_windows=0", "segmenter.units=24"]
    settings = [part for setting in smaller for part in ("--set", setting)]
    run("train", "configs/pos-ewt.toml", "--corpus", data, "--output", model, *settings)
    capsys.readouterr()
    run("eval", model, data, "--split", "test", "--json")
    scores = json.loads(capsys.readouterr().out)
    assert (scores["sentences"], scores["tokens"]) == (2077, 25094)
    assert scores["tasks"]["upos"]["accuracy"] > 0.8620
    text = tmp_path / "text.txt"
    text.write_text("The dog that barked at us yesterday is asleep.\n")
    run("tag", text, "--model", model, "--format", "jsonl")
    tokens = json.loads(capsys.readouterr().out)["tokens"]
    assert [token["upos"] for token in tokens[:2]] == ["DET", "NOUN"]
