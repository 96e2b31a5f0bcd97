"""Mistakes of users: each gives one clear message on stderr and exit code 1, and leaves nothing half-written."""

import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tagger.backend import tf
from tagger.text.sentence import Sentence

MAIN = "from tagger.cli import main; main()"
COLUMNS = ["--columns", "token,upos,ner"]
DOUBT = "warning: only 20 sentences in train: hardly enough to learn from, and scores may be chance\n"
"""What training begins with on the tiny corpus."""


@pytest.fixture
def fails(tagger):
    """A function that runs a command, which must fail, and returns its message."""

    def run(*arguments: object) -> str:
        outcome = tagger(*arguments)
        assert (outcome.code, outcome.out) == (1, "")
        said = outcome.err.removeprefix(DOUBT)
        assert said.startswith("tagger: ") and said.endswith("\n")
        assert "Traceback" not in said
        return said.removeprefix("tagger: ").rstrip("\n")

    return run


@pytest.fixture
def convert(fails, tmp_path):
    """A function that converts a file of these bytes, which must fail and leave nothing; returns the message."""

    def run(content: bytes, *options: str, name: str = "train.tsv") -> str:
        folder = tmp_path / "files"
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
        message = fails("convert", f"train={folder / name}", "--to", tmp_path / "corpus", *(options or COLUMNS))
        assert [path.name for path in tmp_path.iterdir()] == ["files"]
        return message.replace(f"{folder}/", "")

    return run


def test_an_empty_file_and_one_of_blank_lines(convert):
    assert convert(b"").startswith("train.tsv: ")
    assert convert(b"\n \n\n").startswith("train.tsv: ") or "'train'" in convert(b"\n \n\n")


def test_a_row_with_too_few_columns_is_named_by_its_line(convert):
    assert convert(b"Ada\tPROPN\tB-PER\nsees\tVERB\n").startswith("train.tsv:2: ")


def test_a_missing_column_is_an_error(convert):
    assert "train.tsv:1" in convert(b"Ada\tPROPN\tO\n", "--columns", "token,upos,ner,chunk")
    message = convert(b'{"tokens": ["Ada"], "upos": ["PROPN"]}\n', "--tasks", "ner=entities", name="train.jsonl")
    assert "entities" in message


def test_bytes_that_are_not_utf8_are_named_by_line_and_byte(convert):
    assert convert(b"Ada\tPROPN\tO\ncaf\xe9\tNOUN\tO\n").startswith("train.tsv:2:4: byte 0xe9 is not UTF-8")


@pytest.mark.parametrize("jobs", [1, 2])
def test_text_is_tagged_up_to_the_first_byte_that_is_not_utf8(tagger, tiny_model, tmp_path, jobs):
    latin = tmp_path / "latin.txt"
    latin.write_bytes(b"She left.\n\nThe dog\nof the caf\xe9.\n")
    done = tagger("tag", latin, "--model", tiny_model, "--jobs", jobs)
    assert done.code == 1 and done.err.splitlines()[-1].startswith(f"tagger: {latin}:4:11: byte 0xe9")
    assert [token.split("/")[0] for token in done.out.split()] == ["She", "left", "."]


def test_a_missing_or_empty_text_is_not_tagged(fails, tiny_model, tmp_path):
    assert "there is no such file" in fails("tag", tmp_path / "none.txt", "--model", tiny_model)
    (tmp_path / "blank.txt").write_bytes(b" \n\n")
    assert "nothing but white space" in fails("tag", tmp_path / "blank.txt", "--model", tiny_model)
    (tmp_path / "empty.txt").touch()
    assert "the file is empty" in fails("tag", tmp_path / "empty.txt", "--model", tiny_model)
    assert "folder" in fails("tag", tmp_path, "--model", tiny_model)


def test_a_corpus_without_a_train_split_is_an_error(fails, tagger, tiny_files, tiny_config, tmp_path):
    assert tagger("convert", f"test={tiny_files['test']}", "--to", tmp_path / "corpus", *COLUMNS).code == 0
    message = fails("train", tiny_config, "--corpus", tmp_path / "corpus", "--output", tmp_path / "model")
    assert message == f"{tmp_path / 'corpus'}: this corpus has no 'train' split; it has test"
    assert [path.name for path in tmp_path.iterdir()] == ["corpus"]


@pytest.fixture
def corpus(tiny_corpus, tmp_path) -> Path:
    """A copy of the tiny model that a test may damage."""
    return Path(shutil.copytree(tiny_corpus, tmp_path / "corpus"))


def train_and_eval(corpus: Path, config: Path, model: Path) -> list[list[object]]:
    return [
        ["train", config, "--corpus", corpus, "--output", corpus.parent / "model"],
        ["eval", model, corpus, "--split", "train"],
    ]


def test_a_truncated_or_damaged_shard_is_named_with_the_record(fails, corpus, tiny_config, tiny_model, tiny_corpus):
    shard = corpus / "train-00001-of-00004.tfrecord"
    whole = shard.read_bytes()
    flipped = bytearray(whole)
    flipped[20] ^= 1
    for content, message in ((whole[:-3], "record 5 is cut off"), (bytes(flipped), "record 1 is damaged")):
        shard.write_bytes(content)
        for command in train_and_eval(corpus, tiny_config, tiny_model):
            assert fails(*command).startswith(f"{shard}: {message}")
    shard.unlink()
    for command in train_and_eval(corpus, tiny_config, tiny_model):
        assert str(shard) in fails(*command)
    shutil.copy(tiny_corpus / "train-00000-of-00004.tfrecord", shard)
    shard.write_bytes(shard.read_bytes()[:0])
    for command in train_and_eval(corpus, tiny_config, tiny_model):
        assert "should have 20 sentences but has 15" in fails(*command)
    assert [path.name for path in corpus.parent.iterdir()] == ["corpus"]


def test_a_record_with_more_or_fewer_tags_than_tokens_is_an_error(fails, tiny_config, tmp_path):
    example = tf.train.SequenceExample()
    for name, strings in {"tokens": ["Ada", "left"], "upos": ["PROPN"], "ner": ["O", "O"]}.items():
        for string in strings:
            example.feature_lists.feature_list[name].feature.add().bytes_list.value.append(string.encode())
    (tmp_path / "corpus").mkdir()
    with tf.io.TFRecordWriter(str(tmp_path / "corpus" / "train.tfrecord")) as writer:
        writer.write(example.SerializeToString())
    message = fails("train", tiny_config, "--corpus", tmp_path / "corpus", "--output", tmp_path / "model")
    assert message.startswith(f"{tmp_path}/corpus/train.tfrecord: record 1: tokens: 2, but 'upos': 1")
    assert [path.name for path in tmp_path.iterdir()] == ["corpus"]


def test_a_task_that_the_corpus_lacks_is_an_error(fails, tiny_config, tiny_corpus, tmp_path):
    command = ["train", tiny_config, "--corpus", tiny_corpus, "--output", tmp_path / "model"]
    assert fails(*command, "--tasks", "upos,chunk") == (
        f"{tiny_corpus}: task 'chunk' is not in this corpus; it has ner, upos: choose with --tasks, or convert it again"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_corpus_without_a_task_of_the_model_is_an_error(fails, tagger, tiny_files, tiny_model, tmp_path):
    tagger("convert", f"test={tiny_files['test']}", "--to", tmp_path / "corpus", "--columns", "token,pos,_")
    assert "split 'test' has pos, the model does upos, ner" in fails("eval", tiny_model, tmp_path / "corpus")
    assert "no 'dev' split" in fails("eval", tiny_model, tmp_path / "corpus", "--split", "dev")


@pytest.mark.parametrize("output", ["model", "deep/model", "."])
def test_an_existing_output_is_an_error(fails, tiny_config, tiny_corpus, tmp_path, monkeypatch, output):
    (tmp_path / output).mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(tmp_path)
    (tmp_path / output / "mine.txt").touch()
    before = sorted(tmp_path.rglob("*"))
    command = ["train", tiny_config, "--corpus", tiny_corpus, "--output", output]
    assert "exists already" in fails(*command)
    assert "exists already" in fails(*command, "--resume")
    assert "so it is not overwritten" in fails(*command, "--overwrite")
    assert sorted(tmp_path.rglob("*")) == before


def test_an_incomplete_model_folder_is_an_error(fails, tiny_model, tiny_corpus, text_of, tmp_path):
    model = Path(shutil.copytree(tiny_model, tmp_path / "model"))
    (model / "vocabulary" / "tags.ner.txt").unlink()
    for command in (["eval", model, tiny_corpus], ["tag", text_of("She left."), "--model", model]):
        assert fails(*command).startswith(f"{model}/vocabulary/tags.ner.txt: No such file")
    assert "no such model folder" in fails("eval", tmp_path / "none", tiny_corpus)


@pytest.fixture
def text_of(tmp_path):
    """Write a file of this text and return its path."""

    def write(text: str) -> Path:
        (tmp_path / "text.txt").write_text(text, encoding="utf-8")
        return tmp_path / "text.txt"

    return write


def test_an_unknown_setting_is_an_error(fails, tiny_config, tiny_corpus, tmp_path):
    command = ["train", tiny_config, "--corpus", tiny_corpus, "--output", tmp_path / "model"]
    assert "'training.epoch': did you mean 'training.epochs'?" in fails(*command, "--set", "training.epoch=3")
    assert "write it as section.key=value" in fails(*command, "--set", "epochs")
    assert "did you mean 'lstm'" in fails(*command, "--set", "encoder.cell=lsm")
    assert "has no option 'peephole'" in fails(*command, "--set", "encoder.options.peephole=true")
    assert "tasks" in fails(*command, "--tasks", "upos,")
    assert "leaves no sentence of train" in fails(*command, "--set", "corpus.max_tokens=1")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_corpus_output_or_model_and_an_unknown_format_are_errors(
    fails, tiny_config, tiny_corpus, tiny_model, tmp_path
):
    assert "give corpus.path there, or --corpus DIR" in fails("train", tiny_config)
    assert "give output there, or --output DIR" in fails("train", tiny_config, "--corpus", tiny_corpus)
    assert "come with this install are english" in fails("tag", "-", "--model", "no such model")
    tag = ["tag", "-", "--model", tiny_model]
    assert "there is no format 'pdf'" in fails(*tag, "--format", "pdf")
    assert "there is no runtime 'torch'" in fails(*tag, "--runtime", "torch")
    assert "'json' is for programs and has no colours" in fails(*tag, "--format", "json", "--color")
    assert "'brackets' has no place for the best tags" in fails(*tag, "--format", "brackets", "--top", "2")
    assert "this is not a corpus" in fails("eval", tiny_model, tmp_path)


@pytest.mark.parametrize(
    "arguments", [["trian"], ["train"], ["tag", "--modle", "m"], ["eval", "a"], ["train", "a", "--set"]]
)
def test_wrong_usage_is_exit_code_2(tagger, arguments):
    outcome = tagger(*arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert "Error: " in outcome.err and "Traceback" not in outcome.err


def test_a_run_on_another_corpus_is_not_resumed(fails, tagger, tiny_model, tiny_files, tiny_config, tmp_path):
    shutil.copytree(tiny_model, tmp_path / "model")
    tagger("convert", f"train={tiny_files['dev']}", "--to", tmp_path / "other", *COLUMNS)
    command = ["train", tiny_config, "--corpus", tmp_path / "other", "--output", tmp_path / "model", "--resume"]
    assert f"this run began on another corpus than {tmp_path / 'other'}" in fails(*command)


@pytest.mark.slow
def test_a_loss_that_is_not_a_number_is_an_error(tagger, tiny_config, tiny_corpus, tmp_path):
    command = ["train", tiny_config, "--corpus", tiny_corpus, "--output", tmp_path / "model"]
    wild = ["--set", "training.optimizer=sgd", "--set", "training.learning_rate=1e38", "--set", "training.clip_norm=0"]
    outcome = tagger(*command, *wild)
    assert (outcome.code, outcome.out) == (1, "")
    assert "the loss is nan: lower training.learning_rate" in outcome.err.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


def limited(size: int):
    """Limit the size of files that a process can write, as on a full disk."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.slow
def test_a_full_disk_is_an_error_for_a_model_or_a_corpus(
    tiny_config, tiny_corpus, tiny_files, tmp_path, clean_environment
):
    commands = [
        ["train", tiny_config, "--corpus", tiny_corpus, "--output", tmp_path / "model"],
        ["convert", f"train={tiny_files['train']}", "--to", tmp_path / "corpus", *COLUMNS],
    ]
    for command in commands:
        done = subprocess.run(
            [sys.executable, "-c", MAIN, *map(str, command)],
            capture_output=True,
            text=True,
            env=clean_environment,
            preexec_fn=limited(512),
            check=False,
        )
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.splitlines()[-1].startswith("tagger: ")
        assert "could not be written" in done.stderr.splitlines()[-1]
        assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_sentence_of_one_word_one_of_five_thousand_and_words_of_ten_thousand_characters_train_and_tag(
    tagger, tiny_config, tmp_path
):
    from tagger.corpus.convert import convert

    sentences = [
        Sentence.from_words(["Ada"], tags={"upos": ["PROPN"], "ner": ["B-PER"]}),
        Sentence.from_words(["dog"] * 5000, tags={"upos": ["NOUN"] * 5000, "ner": ["O"] * 5000}),
        Sentence.from_words(["a" * 10_000, "b" * 10_000], tags={"upos": ["X", "X"], "ner": ["O", "O"]}),
    ]
    corpus = convert(dict.fromkeys(["train", "dev", "test"], "x"), tmp_path / "corpus", read=lambda _: iter(sentences))
    command = ["train", tiny_config, "--corpus", corpus.directory, "--output", tmp_path / "model"]
    assert tagger(*command, "--set", "training.epochs=1").code == 0
    lines = tmp_path / "lines.txt"
    lines.write_text("".join(" ".join(sentence.words) + "\n" for sentence in sentences), encoding="utf-8")
    done = tagger("tag", "--pretokenized", lines, "--model", tmp_path / "model")
    assert [len(line.split()) for line in done.out.splitlines()] == [1, 5000, 2]


ONE_WORD = "1\ta\t_\tNOUN\t_\t_\t_\t_\t_\t_\n\n"


def test_a_split_given_twice_is_an_error(fails, tmp_path):
    file = tmp_path / "a.conllu"
    file.write_text(ONE_WORD)
    message = fails("convert", f"train={file}", f"train={file}", "--to", tmp_path / "data")
    assert message.startswith("split 'train' is given twice")
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_without_its_split_is_an_error(fails, tmp_path):
    file = tmp_path / "a.conllu"
    file.write_text(ONE_WORD)
    assert fails("convert", file, "--to", tmp_path / "data").endswith(f"Write it as train={file}")


def test_a_class_that_is_no_cell_is_an_error(fails, tiny_config, tiny_corpus, tmp_path):
    command = ["train", tiny_config, "--corpus", tiny_corpus, "--output", tmp_path / "model"]
    assert "is no class of cells" in fails(*command, "--set", "encoder.cell=types:SimpleNamespace")
    assert "is no recurrent cell" in fails(*command, "--set", "encoder.cell=fractions:Fraction")
