"""Folders of Universal Dependencies, opened as they are."""

import pytest

from tagger.config.load import check_config
from tagger.corpus.from_config import without_missing_tasks
from tagger.corpus.read import open_corpora, open_corpus, read_split
from tagger.corpus.treebank import is_treebank
from tagger.errors import DataError

ROW = "1\tAda\tAda\tPROPN\tNNP\tNumber=Sing\t0\troot\t_\tSpaceAfter=No\n2\t.\t.\tPUNCT\t.\t_\t1\tpunct\t_\t_\n\n"
"""A sentence with UPOS, XPOS and FEATS."""


def write(folder, name, text=ROW):
    (folder / name).write_text(text, encoding="utf-8")


def without(text, *columns):
    """CoNLL-U with nothing in some columns, counted from 0."""
    rows = [line.split("\t") for line in text.splitlines()]
    return "".join("\t".join("_" if at in columns else cell for at, cell in enumerate(row)) + "\n" for row in rows)


def test_the_folder_is_a_corpus(tmp_path):
    write(tmp_path, "xx_made-ud-train.conllu", ROW * 2)
    write(tmp_path, "xx_made-ud-dev.conllu")
    write(tmp_path, "xx_made-ud-test.conllu")
    write(tmp_path, "stats.xml", "<x/>")
    write(tmp_path, "LICENSE.txt", "no licence is read here")

    with open_corpus(tmp_path) as corpus:
        assert {split: info.sentences for split, info in corpus.splits.items()} == {"train": 2, "dev": 1, "test": 1}
        assert list(corpus.tasks) == ["feats", "upos", "xpos"]
        assert corpus.name == tmp_path.name
        (sentence,) = read_split(corpus, "dev")
        assert sentence.words == ("Ada", ".")
        assert sentence.text == "Ada."
        assert sentence.tags == {"upos": ("PROPN", "PUNCT"), "xpos": ("NNP", "."), "feats": ("Number=Sing", "_")}


@pytest.mark.parametrize(
    "name", ["train.conllu", "xx-train.conllu", "xx_y-ud-train.conllu", "a.train.conllu", "a_train.conllu"]
)
def test_names_of_files(tmp_path, name):
    write(tmp_path, name)

    assert is_treebank(tmp_path)
    with open_corpus(tmp_path) as corpus:
        assert list(corpus.splits) == ["train"]


@pytest.mark.parametrize("name", ["xx-ud-training.conllu", "strain.conllu", "train.conll", "train.conllu.bak", "a.txt"])
def test_other_files_are_no_treebank(tmp_path, name):
    write(tmp_path, name)

    assert not is_treebank(tmp_path)
    with pytest.raises(DataError, match=r"no \*-train\.conllu here"):
        open_corpus(tmp_path)


def test_two_files_of_a_split_are_an_error(tmp_path):
    write(tmp_path, "a-ud-train.conllu")
    write(tmp_path, "b-ud-train.conllu")

    with pytest.raises(
        DataError, match=r"a-ud-train\.conllu and b-ud-train\.conllu are both its train split: keep one"
    ):
        open_corpus(tmp_path)


@pytest.mark.parametrize(
    ("empty", "tasks"),
    [
        ([4], {"upos", "feats"}),
        ([5], {"upos", "xpos"}),
        ([4, 5], {"upos"}),
        ([3], {"xpos", "feats"}),
    ],
)
def test_tasks_are_what_is_annotated(tmp_path, empty, tasks):
    for split in ("train", "test"):
        write(tmp_path, f"xx-ud-{split}.conllu", without(ROW, *empty))

    with open_corpus(tmp_path) as corpus:
        assert set(corpus.tasks) == tasks


def test_no_tags_at_all_is_an_error(tmp_path):
    write(tmp_path, "xx-ud-train.conllu", without(ROW, 3, 4, 5))

    with pytest.raises(DataError, match=r"xx-ud-train\.conllu: no sentence has tags in 'UPOS'"):
        open_corpus(tmp_path)


def test_a_split_without_the_tags_of_train_is_an_error(tmp_path):
    write(tmp_path, "xx-ud-train.conllu")
    write(tmp_path, "xx-ud-test.conllu", without(ROW, 4))

    with pytest.raises(DataError, match=r"xx-ud-test\.conllu: no sentence has tags in 'XPOS'"):
        open_corpus(tmp_path)


def test_damage_is_an_error_with_its_place(tmp_path):
    write(tmp_path, "xx-ud-train.conllu", ROW + "1\tbroken\n\n")

    with pytest.raises(DataError, match=r"xx-ud-train\.conllu:4"):
        open_corpus(tmp_path)


def test_the_licence_is_that_of_the_readme(tmp_path):
    write(tmp_path, "xx-ud-train.conllu")
    write(
        tmp_path,
        "README.md",
        "# Summary\n\nMade. License: see below\n\nLicense: CC BY-SA 4.0 \n",
    )

    with open_corpus(tmp_path) as corpus:
        assert corpus.licence == "CC BY-SA 4.0"


@pytest.mark.parametrize("readme", ["", "License:\nIncludes text: yes\n", "The License: of all\n"])
def test_no_licence_is_named_where_the_readme_has_none(tmp_path, readme):
    write(tmp_path, "xx-ud-train.conllu")
    write(tmp_path, "README.txt", readme)

    with open_corpus(tmp_path) as corpus:
        assert corpus.licence == ""


OPTIONAL = {"tasks": {"upos": {}, "xpos": {"optional": True}, "feats": {"optional": True}}}


@pytest.mark.parametrize(
    ("empty", "left"), [([], ["upos", "xpos", "feats"]), ([4], ["upos", "feats"]), ([4, 5], ["upos"])]
)
def test_optional_tasks_are_left_out_where_nobody_has_them(tmp_path, empty, left):
    write(tmp_path, "xx-ud-train.conllu", without(ROW, *empty))
    config = check_config(OPTIONAL, "settings")

    with open_corpora([tmp_path]) as corpora:
        assert list(without_missing_tasks(config, corpora).tasks) == left


def test_a_task_that_is_not_optional_stays(tmp_path):
    write(tmp_path, "xx-ud-train.conllu", without(ROW, 3))
    config = check_config(OPTIONAL, "settings")

    with open_corpora([tmp_path]) as corpora:
        assert list(without_missing_tasks(config, corpora).tasks) == ["upos", "xpos", "feats"]


def test_no_task_left_is_an_error(tmp_path):
    write(tmp_path, "xx-ud-train.conllu", without(ROW, 4, 5))
    config = check_config({"tasks": {"xpos": {"optional": True}, "feats": {"optional": True}}}, "settings")

    with open_corpora([tmp_path]) as corpora, pytest.raises(DataError, match="has none of the tasks xpos, feats"):
        without_missing_tasks(config, corpora)


def test_one_of_several_corpora_is_enough(tmp_path):
    for name, empty in (("a", [4]), ("b", [])):
        (tmp_path / name).mkdir()
        write(tmp_path / name, "xx-ud-train.conllu", without(ROW, *empty))
    corpora = [
        {"path": "a", "tasks": {"upos": "upos"}},
        {"path": "b", "tasks": {"upos": "upos", "feats": "xpos"}},
    ]
    config = check_config({**OPTIONAL, "corpora": corpora}, "settings")

    with open_corpora([tmp_path / "a", tmp_path / "b"]) as opened:
        # b has a layer of the name xpos, but uses it for another task.
        assert list(without_missing_tasks(config, opened).tasks) == ["upos", "feats"]
