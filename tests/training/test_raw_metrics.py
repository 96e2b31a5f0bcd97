"""Figures from raw text in `metrics.json`."""

import json


def metrics_of(folder):
    return json.loads((folder / "metrics.json").read_text(encoding="utf-8"))


def test_they_are_those_of_eval(tagger, raw_model, treebank):
    for split in ("dev", "test"):
        done = tagger("eval", raw_model, treebank, "--raw", "--json", "--split", split)
        assert done.code == 0, done.err

        raw = metrics_of(raw_model)[split]["raw"]
        evaluated = json.loads(done.out)
        assert raw == {key: evaluated.get("raw", evaluated)[key] for key in raw}


def test_a_model_that_reads_tags_has_none(given_model):
    assert all("raw" not in metrics_of(given_model)[split] for split in ("dev", "test"))
