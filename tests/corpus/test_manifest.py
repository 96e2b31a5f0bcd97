import json

import pytest

from tagger.corpus.manifest import MANIFEST, Manifest, SplitInfo, TaskInfo, in_order, load_manifest
from tagger.corpus.shards import ShardInfo
from tagger.errors import DataError

SHARD = ShardInfo("train-00000-of-00001.tfrecord", 2, 7, "0" * 64)
CORPUS = Manifest(
    {"train": SplitInfo(2, 7, 4, (SHARD,)), "dev": SplitInfo(0, 0, 0, ())},
    {"ner": TaskInfo("IOB2", {"train": {"B-PER": 1, "O": 6}}), "upos": TaskInfo(None, {"train": {"X": 7}})},
    name="toy",
    licence="CC0-1.0",
)


def test_what_is_saved_is_what_is_loaded(tmp_path):
    CORPUS.save(tmp_path)

    loaded = load_manifest(tmp_path)

    assert loaded == CORPUS
    assert loaded.shards("train") == [tmp_path / "train-00000-of-00001.tfrecord"]


def test_file_says_nothing_of_the_machine(tmp_path):
    CORPUS.save(tmp_path)

    content = json.loads((tmp_path / MANIFEST).read_text())

    assert list(content) == ["format", "name", "source", "licence", "notes", "splits", "tasks"]
    assert str(tmp_path) not in json.dumps(content)


@pytest.mark.parametrize("split", ["test", "dev"])
def test_missing_and_empty_splits_are_errors(split):
    with pytest.raises(DataError, match=f"no '{split}' split; it has train"):
        CORPUS.require(split)


def test_missing_task_is_an_error():
    with pytest.raises(DataError, match="task 'chunk' is not in this corpus; it has ner, upos"):
        CORPUS.require_task("chunk")


def test_counts_of_a_split_without_the_task_are_empty():
    assert CORPUS.tasks["ner"].counts("train")["O"] == 6
    assert not CORPUS.tasks["ner"].counts("dev")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot be read"),
        ("[]", "its format is None, this program reads 1"),
        ('{"format": 9}', "its format is 9"),
        ('{"format": 1, "splits": {}}', "tasks: Field required"),
        ('{"format": 1, "tasks": {}, "splits": {"train": {"sentences": "many"}}}', "splits.train.sentences"),
    ],
)
def test_damaged_files_are_errors(tmp_path, text, message):
    (tmp_path / MANIFEST).write_text(text)

    with pytest.raises(DataError, match=message):
        load_manifest(tmp_path)


def test_folder_without_one_is_an_error(tmp_path):
    with pytest.raises(DataError, match=r"no corpus\.json here"):
        load_manifest(tmp_path)


def test_splits_come_in_the_order_of_their_use():
    assert list(in_order({"extra": 1, "test": 1, "dev": 1, "train": 1, "blind": 1})) == [
        "train",
        "dev",
        "test",
        "blind",
        "extra",
    ]
