import io
import json

import pytest
from rich.console import Console

from tagger.corpus.convert import convert
from tagger.corpus.corpus_report import SegmentationReport, print_report
from tagger.corpus.inspect import inspect
from tagger.corpus.manifest import Provenance


def corpus(folder, **splits):
    """A corpus with splits such as `train=["w/A x/B", ...]`."""
    files = {}
    for split, sentences in splits.items():
        files[split] = folder / f"{split}.tsv"
        rows = [[token.rpartition("/") for token in sentence.split(" ")] for sentence in sentences]
        files[split].write_text("".join("".join(f"{w}\t{t}\n" for w, _, t in row) + "\n" for row in rows))
    provenance = Provenance("toy", "https://example.org", "CC0-1.0")
    return convert(files, folder / "corpus", columns=["token", "t"], provenance=provenance)


def test_figures(tmp_path):
    sentences = [" ".join(["w/A"] * length) for length in range(1, 101)]
    report = inspect(corpus(tmp_path, train=[*sentences, "w/A"], dev=["x/A"] * 3, test=["y/A"]))

    train = report.splits["train"]
    assert (train.sentences, train.tokens, train.repeated) == (101, 5_051, 1)
    # By the nearest rank: the 51st, the 91st and the 100th of 1, 1, 2, 3, ... 100.
    assert train.lengths == {"50": 50, "90": 90, "99": 99, "max": 100}
    assert report.splits["dev"].repeated == 2
    assert report.tasks["t"].tags == {"train": {"A": 5_051}, "dev": {"A": 3}, "test": {"A": 1}}
    assert (report.name, report.source, report.licence) == ("toy", "https://example.org", "CC0-1.0")


def test_a_good_corpus_gives_no_warning(tmp_path):
    train = [f"w{number}/A x/B" for number in range(100)]

    assert inspect(corpus(tmp_path, train=train, dev=["y/A"], test=["z/B"]), max_tokens=2).warnings == []


@pytest.mark.parametrize(
    ("splits", "warning"),
    [
        ({"dev": ["y/A y/C", "y/C"]}, "t: 1 tag of dev that train never has: C (2)"),
        (
            {"test": ["w1/A x/A", "w2/B x/B", "z/B"]},
            "2 sentences of test (66.7%) stand in train as well, for example: w1 x",
        ),
        ({"dev": ["a/A b/B c/A"]}, "1 sentence of dev longer than 2 tokens, the longest 3"),
        ({"train": ["a/A a/B"] * 99 + ["b/A b/C"]}, "t: 1 tag of 3 stands fewer than 5 times in train: C (1)"),
        ({"train": ["a/A b/A"] * 100, "dev": ["y/A"], "test": ["y/A"]}, "t: every token of train has the tag A"),
        ({"train": ["a/A a/B"] * 10}, "only 10 sentences in train: hardly enough to learn from"),
        (
            {"train": ["a/B-X a/O"] * 100, "dev": ["y/O"], "test": ["z/B-X"]},
            "t: no span in dev, so its F1 says nothing",
        ),
        ({"dev": ["\u200b/A z/B"]}, "1 token in dev without a character to see, the first in sentence dev.tsv:1"),
    ],
)
def test_everything_that_may_spoil_a_model_is_warned_of(tmp_path, splits, warning):
    good = {"train": [f"w{number}/A x/B" for number in range(100)], "dev": ["y/A"], "test": ["z/B"]}

    found = inspect(corpus(tmp_path, **{**good, **splits}), max_tokens=2).warnings

    assert len(found) == 1
    assert found[0].startswith(warning)


def test_missing_splits_and_licence_are_warned_of(tmp_path):
    (tmp_path / "t.tsv").write_text("w\tA\nw\tB\n\n" * 100)
    found = inspect(convert({"train": tmp_path / "t.tsv"}, tmp_path / "corpus", columns=["token", "t"])).warnings

    assert found[:2] == ["no dev split", "no test split"]
    assert found[2].startswith("no licence is given")


def test_sentences_without_a_task_are_warned_of(tmp_path):
    lines = ['{"tokens": ["a", "b"], "upos": ["X", "Y"]}'] * 5 + ['{"tokens": ["c"]}']
    (tmp_path / "t.jsonl").write_text("\n".join(lines))
    report = inspect(convert({"train": tmp_path / "t.jsonl"}, tmp_path / "corpus"))

    assert report.tasks["upos"].annotated == {"train": 5}
    assert "upos: 1 sentence of train not annotated" in report.warnings


CONLLU = """\
# newpar
1-2	Zum	_	_	_	_	_	_	_	_
1	zu	_	ADP	_	_	_	_	_	_
2	dem	_	DET	_	_	_	_	_	_
3	Haus	_	NOUN	_	_	_	_	_	_

1-2	am	_	_	_	_	_	_	_	_
1	an	_	ADP	_	_	_	_	_	_
2	dem	_	DET	_	_	_	_	_	_
3-4	Zum	_	_	_	_	_	_	_	_
3	zu	_	ADP	_	_	_	_	_	_
4	dem	_	DET	_	_	_	_	_	_

"""


def test_a_corpus_says_what_it_can_teach_a_segmenter(tmp_path):
    (tmp_path / "t.conllu").write_text(CONLLU)
    report = inspect(convert({"train": tmp_path / "t.conllu"}, tmp_path / "corpus"))

    assert report.segmentation == SegmentationReport(
        {"train": 2}, {"train": 1}, {"train": 3}, {"Zum = zu dem": 2, "am = an dem": 1}, ""
    )
    text = printed(report)
    assert ["train", "2", "1", "3"] in [line.split() for line in text.splitlines()]
    assert "multiword tokens of train: Zum = zu dem (2), am = an dem (1)" in text


def test_a_corpus_of_columns_says_why_it_cannot_teach_a_segmenter(tmp_path):
    report = inspect(corpus(tmp_path, train=["a/A"], dev=["b/A"]))

    assert report.segmentation.known == {"train": 0, "dev": 0}
    assert "does not say where white space stands: column files do not" in report.segmentation.why_not
    assert "not learned from this corpus, because its source does not say" in printed(report)


def test_changed_files_are_warned_of(tmp_path):
    made = corpus(tmp_path, train=["a/A", "b/B"], dev=["y/A"], test=["z/B"])
    (extra := made.shards("test")[0]).write_bytes(made.shards("dev")[0].read_bytes())

    assert f"{extra} has changed since the corpus was made: its checksum differs" in inspect(made).warnings


def printed(report, **options):
    stream = io.StringIO()
    print_report(report, Console(file=stream), **options)
    return stream.getvalue()


def test_tables_survive_a_pipe(tmp_path):
    tag = "T" * 90
    text = printed(inspect(corpus(tmp_path, train=[f"w/{tag} x/[b]"], dev=["y/:a:"], test=["z/B"])))

    assert tag in text and "[b]" in text and ":a:" in text
    assert any(line.split() == [tag, "1", "0", "0"] for line in text.splitlines())
    assert "warning: t: 1 tag of dev that train never has" in text


def test_many_tags_are_counted_in_one_row(tmp_path):
    made = corpus(tmp_path, train=[f"w/T{number}" for number in range(50)])

    assert "10 more" in printed(inspect(made))
    assert "T49" in printed(inspect(made), all_tags=True)


def test_report_is_json(tmp_path):
    report = inspect(corpus(tmp_path, train=["a/B-X b/I-X c/O"]))

    found = json.loads(json.dumps(report.as_dict()))

    assert found["tasks"]["t"] == {
        "scheme": "IOB2",
        "tags": {"train": {"B-X": 1, "I-X": 1, "O": 1}},
        "annotated": {"train": 1},
    }
    assert found["splits"]["train"]["lengths"]["max"] == 3


@pytest.mark.slow
def test_ewt_has_94_test_sentences_in_train(tmp_path, shared_corpora):
    folder = shared_corpora / "ud" / "UD_English-EWT"
    files = {split: folder / f"en_ewt-ud-{split}.conllu" for split in ("train", "test")}

    report = inspect(convert(files, tmp_path / "corpus"))

    assert any(warning.startswith("94 sentences of test (4.5%) stand in train as well") for warning in report.warnings)
