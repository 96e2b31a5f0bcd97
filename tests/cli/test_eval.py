"""`tagger eval` as a user runs it."""

import json


def test_evaluation_as_json_is_what_the_training_wrote_down(tagger, tiny_model, tiny_corpus):
    done = tagger("eval", tiny_model, tiny_corpus, "--json")
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out) == json.loads((tiny_model / "metrics.json").read_text(encoding="utf-8"))["test"]
    dev = json.loads(tagger("eval", tiny_model, tiny_corpus, "--json", "--split", "dev").out)
    assert (dev["split"], dev["sentences"], sorted(dev["tasks"])) == ("dev", 6, ["ner", "upos"])
    assert all(0 <= dev["tasks"]["ner"][figure] <= 1 for figure in ("precision", "recall", "f1"))
    assert all(0 <= dev["tasks"]["upos"][figure] <= 1 for figure in ("accuracy", "known", "unknown"))


def test_evaluation_for_a_reader_shows_every_task(tagger, tiny_model, tiny_corpus):
    done = tagger("eval", tiny_model, tiny_corpus)
    assert (done.code, done.err) == (0, "")
    assert "test: 6 sentences" in done.out
    assert "known words" in done.out and "invalid sequences" in done.out


def test_tags_that_the_model_does_not_know_count_as_wrong_and_are_named(tagger, tiny_model, tiny_files, tmp_path):
    changed = tmp_path / "test.tsv"
    changed.write_text(tiny_files["test"].read_text(encoding="utf-8").replace("\tVERB\t", "\tAUX\t"), encoding="utf-8")
    tagger("convert", f"test={changed}", "--to", tmp_path / "corpus", "--columns", "token,upos,ner")
    done = tagger("eval", tiny_model, tmp_path / "corpus", "--json")
    assert done.code == 0
    assert json.loads(done.out)["tasks"]["upos"]["unknown_tags"] == {"AUX": 6}
    assert json.loads(done.out)["tasks"]["upos"]["tags"]["AUX"]["recall"] == 0
    assert done.err == "upos: the model does not know these tags, each of which counts as wrong: AUX (6)\n"
