import errno
import json
import os

import pytest

from tagger.errors import ConfigError, DataError
from tagger.evaluation.report_file import check_report_files
from tagger.evaluation.training_curve import read_training


def test_page_and_json_are_written_beside_the_scores(tagger, tiny_model, tiny_corpus, tmp_path):
    page, numbers = tmp_path / "what.html", tmp_path / "what.json"
    numbers.write_text("old content")
    done = tagger("eval", tiny_model, tiny_corpus, "--json", "--report", page, "--report", numbers)
    assert (done.code, done.err) == (0, f"wrote {page}\nwrote {numbers}\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["what.html", "what.json"]

    written, scores = json.loads(numbers.read_text(encoding="utf-8")), json.loads(done.out)
    assert (written["model"], written["corpus"]) == ("tiny", "tiny")
    assert {task: analysis["scores"] for task, analysis in written["analysis"]["tasks"].items()} == scores["tasks"]
    history = json.loads((tiny_model / "metrics.json").read_text(encoding="utf-8"))["history"]
    assert [epoch["loss"] for epoch in written["training"]["epochs"]] == [note["loss"] for note in history]

    shown = page.read_text(encoding="utf-8")
    for task, figure in (("upos", "accuracy"), ("ner", "f1")):
        analysis = written["analysis"]["tasks"][task]
        low, high = analysis["figures"][figure]["low"], analysis["figures"][figure]["high"]
        assert f"{100 * analysis['scores'][figure]:.2f}" in shown
        assert f"{100 * low:.2f} to {100 * high:.2f}" in shown
        assert f"expected calibration error {100 * analysis['calibration']['error']:.2f}" in " ".join(shown.split())
        assert sum(each["count"] for each in analysis["confused"]) >= analysis["calibration"]["count"]
    assert shown.endswith("</html>\n")


def test_the_same_evaluation_writes_the_same_bytes(tagger, tiny_model, tiny_corpus, tmp_path):
    for name in ("a.html", "b.html"):
        assert tagger("eval", tiny_model, tiny_corpus, "--report", tmp_path / name).code == 0
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_a_report_that_cannot_be_written_is_an_error_before_tagging(tagger, tmp_path):
    done = tagger("eval", tmp_path / "no model", tmp_path, "--report", tmp_path / "report.pdf")
    assert (done.code, done.out) == (1, "")
    assert (
        done.err
        == f"tagger: --report {tmp_path}/report.pdf: name it NAME.html for a page, or NAME.json for its numbers\n"
    )
    with pytest.raises(ConfigError, match="name it"):
        check_report_files([tmp_path / "report"])
    with pytest.raises(DataError, match="there is no folder"):
        check_report_files([tmp_path / "none" / "a.html"])
    (tmp_path / "b.html").mkdir()
    with pytest.raises(DataError, match="is a folder"):
        check_report_files([tmp_path / "b.html"])


def test_a_failed_report_leaves_the_old_file(tagger, tiny_model, tiny_corpus, tmp_path, monkeypatch):
    page = tmp_path / "report.html"
    page.write_text("old content")

    def full_disk(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full_disk)
    done = tagger("eval", tiny_model, tiny_corpus, "--report", page)
    assert done.code == 1
    assert done.err == f"tagger: {page}: could not be written: No space left on device\n"
    assert page.read_text() == "old content"
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"history": [], "best_epoch": 0}', '{"history": [{}]}'])
def test_a_model_folder_without_a_history_has_no_learning_curve(tmp_path, content):
    if content is not None:
        (tmp_path / "metrics.json").write_text(content)
    assert read_training(tmp_path) is None
