"""`tagger tag` as a user runs it: formats, offsets, streams, processes and signals."""

import io
import itertools
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

MAIN = "from tagger.cli import main; main()"


TEXT = " Ada  sees Paris.\r\n\r\n\tShe left\u00a0New York .\n\n\n"


@pytest.fixture
def text_file(tmp_path) -> Path:
    path = tmp_path / "text.txt"
    path.write_bytes(TEXT.encode())
    return path


@pytest.fixture
def stdin(monkeypatch):
    """Puts a text where the command reads standard input."""
    return lambda text: monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


@pytest.fixture(scope="module")
def many(tmp_path_factory) -> Path:
    """A file of 20,000 sentences."""
    return sentences_in(tmp_path_factory.mktemp("many") / "many.txt", 10_000)


def sentences_in(path: Path, pairs: int) -> Path:
    """Writes pairs of sentences, in paragraphs of different length, of which one has two fifths of the text."""
    sentences = (f"Ada Lovelace sees {number}.\r\nThe dog left." for number in range(pairs))
    breaks = ("\n" if number % 7 or 0.2 < number / pairs < 0.6 else "\n\n" for number in itertools.count())
    path.write_text("".join(map("".join, zip(sentences, breaks, strict=False))), encoding="utf-8")
    return path


def words(line: str) -> list[str]:
    return [token.split("/")[0] for token in line.split()]


def test_tagged_text_is_a_line_a_sentence(tagger, tiny_model, text_file):
    done = tagger("tag", text_file, "--model", tiny_model)
    assert done.code == 0
    assert [words(line) for line in done.out.splitlines()] == [
        ["Ada", "sees", "Paris", "."],
        ["She", "left", "New", "York", "."],
    ]
    assert all(token.count("/") == 2 for token in done.out.split())


@pytest.mark.parametrize("source", [["-"], []], ids=["-", "nothing"])
def test_offsets_count_the_characters_of_the_original_text(tagger, tiny_model, stdin, source):
    stdin(TEXT)
    done = tagger("tag", *source, "--model", tiny_model, "--format", "jsonl")
    sentences = [json.loads(line) for line in done.out.splitlines()]
    assert len(sentences) == 2
    for sentence in sentences:
        assert list(sentence) == ["text", "start", "end", "tokens", "spans"]
        assert TEXT[sentence["start"] : sentence["end"]] == sentence["text"]
        for token in sentence["tokens"]:
            assert list(token) == ["text", "start", "end", "upos", "ner"]
            assert TEXT[token["start"] : token["end"]] == token["text"]
        for span in sentence["spans"]["ner"]:
            assert TEXT[span["start"] : span["end"]] == span["text"]
    everything = "".join(token["text"] for sentence in sentences for token in sentence["tokens"])
    assert everything == "".join(TEXT.split())


def test_every_format_holds_the_same_tags(tagger, tiny_model, text_file):
    outputs = {
        format: tagger("tag", text_file, "--model", tiny_model, "--format", format).out
        for format in ("conllu", "columns", "json")
    }
    tokens = [token for sentence in json.loads(outputs["json"]) for token in sentence["tokens"]]
    tags = [(token["text"], token["upos"], token["ner"]) for token in tokens]
    assert [tuple(row.split("\t")) for row in outputs["columns"].splitlines() if row] == tags
    rows = [row.split("\t") for row in outputs["conllu"].splitlines() if row and not row.startswith("#")]
    assert [(row[1], row[3]) for row in rows] == [(word, upos) for word, upos, _ in tags]
    assert all(f"NER={tag[2]}" in row[9] for row, tag in zip(rows, tags, strict=True))


@pytest.mark.parametrize("jobs", [1, 2])
def test_lines_that_are_texts_of_their_own_are_tokenized_each_for_itself(tagger, tiny_model, tmp_path, jobs):
    (tmp_path / "tweets.txt").write_text("Ada saw\nBay in Iowa.\n")
    done = tagger("tag", tmp_path / "tweets.txt", "--model", tiny_model, "--lines", "--format", "jsonl", "--jobs", jobs)
    assert [json.loads(line)["text"] for line in done.out.splitlines()] == ["Ada saw", "Bay in Iowa."]
    both = tagger("tag", tmp_path / "tweets.txt", "--model", tiny_model, "--lines", "--pretokenized")
    assert both.code == 1 and "leave one out" in both.err


def test_pretokenized_text_is_taken_as_it_is(tagger, tiny_model, tmp_path):
    (tmp_path / "lines.txt").write_bytes(b"She left.\tU.S. \r\n\r\n  a/b \n")
    done = tagger("tag", tmp_path / "lines.txt", "--model", tiny_model, "--pretokenized", "--format", "jsonl")
    tokens = [[(each["text"], each["start"]) for each in json.loads(line)["tokens"]] for line in done.out.splitlines()]
    assert tokens == [[("She", 0), ("left.", 4), ("U.S.", 10)], [("a/b", 21)]]


def test_several_files_are_tagged_one_after_the_other(tagger, tiny_model, tmp_path, stdin):
    for name in ("one", "two"):
        (tmp_path / name).write_text(f"She sees {name}", encoding="utf-8")
    stdin("Ada left")
    done = tagger("tag", tmp_path / "one", "-", tmp_path / "two", "--model", tiny_model)
    assert [words(line) for line in done.out.splitlines()] == [
        ["She", "sees", "one"],
        ["Ada", "left"],
        ["She", "sees", "two"],
    ]


@pytest.mark.parametrize("format", ["text", "brackets", "conllu", "columns", "json", "jsonl", "html"])
def test_several_processes_write_what_one_does(tagger, tiny_model, tmp_path, text_file, small_chunks, format):
    some = sentences_in(tmp_path / "some.txt", 1_500)  # with a paragraph that is longer than a chunk
    command = ["tag", text_file, some, text_file, "--model", tiny_model, "--format", format]
    alone = tagger(*command)
    together = tagger(*command, "--jobs", "2")
    assert alone.code == together.code == 0
    assert alone.out == together.out
    assert len(alone.out) > 50_000


def test_several_processes_take_lines_of_tokens_and_standard_input(tagger, tiny_model, stdin, small_chunks):
    outputs = []
    for jobs in (1, 3):
        stdin("She left .\n\n" * 5_000)
        outputs.append(tagger("tag", "--model", tiny_model, "--pretokenized", "--format", "jsonl", "--jobs", jobs).out)
    assert outputs[0] == outputs[1]
    assert outputs[0].count("\n") == 5_000


def test_scores_and_best_tags_are_printed_where_they_are_asked_for(tagger, tiny_model, text_file):
    tag = ["tag", text_file, "--model", tiny_model]
    assert re.fullmatch(r"Ada/PROPN:[01]\.\d\d/B-PER:[01]\.\d\d", tagger(*tag, "--scores").out.split()[0])
    assert re.match(r"Ada/PROPN:0\.\d\d;[A-Z]+:0\.\d\d/B-PER", tagger(*tag, "--top", "2").out)
    first = json.loads(tagger(*tag, "--format", "jsonl", "--scores", "--top", "2").out.splitlines()[0])["tokens"][0]
    assert first["score"]["upos"] == first["top"]["upos"][0][1] > first["top"]["upos"][1][1] > 0


def test_both_runtimes_and_any_number_of_threads_tag_alike(tagger, tiny_model, text_file):
    options = [["--runtime", "onnx"], ["--runtime", "tensorflow"], ["--threads", "1"], ["--threads", "3"]]
    outputs = {tagger("tag", text_file, "--model", tiny_model, *option).out for option in options}
    assert len(outputs) == 1


def test_colours_are_for_terminals_and_whoever_asks(tagger, tiny_model, text_file, clean_environment):
    plain = tagger("tag", text_file, "--model", tiny_model).out
    colored = tagger("tag", text_file, "--model", tiny_model, "--color").out
    assert "\x1b[" not in plain and "\x1b[" in colored
    for options, expected in (([], colored), (["--no-color"], plain)):
        master, slave = pty.openpty()
        command = [sys.executable, "-c", MAIN, "tag", str(text_file), "--model", str(tiny_model), *options]
        environment = {**clean_environment, "TERM": "xterm"}
        environment.pop("NO_COLOR", None)
        subprocess.run(command, stdout=slave, stderr=subprocess.PIPE, env=environment, check=True)
        os.close(slave)
        shown = b""
        while shown.count(b"\n") < expected.count("\n"):
            shown += os.read(master, 65536)
        os.close(master)
        assert shown.decode().replace("\r\n", "\n") == expected


@pytest.fixture
def started(tiny_model, clean_environment):
    """Starts `tagger tag` in a process group of its own, and kills what is left of it."""
    processes = []

    def start(*options: object) -> subprocess.Popen:
        command = [sys.executable, "-c", MAIN, "tag", "--model", tiny_model, *options]
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        processes.append(
            subprocess.Popen(
                [str(part) for part in command], **pipes, env=clean_environment, start_new_session=True, bufsize=0
            )
        )
        return processes[-1]

    yield start
    for process in processes:
        with process:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def is_gone(group: int) -> bool:
    """Whether no process of a group is left, or stays for long: the last ones only learn of the others' end."""
    for _ in range(300):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def test_a_sentence_comes_out_before_the_next_one_goes_in(started):
    process = started("--pretokenized")
    for word in (b"Ada", b"She", b"dog"):
        process.stdin.write(word + b" left .\n")
        assert process.stdout.readline().startswith(word + b"/")
    process.stdin.close()
    assert process.wait(timeout=60) == 0
    assert process.stderr.read() == b""


@pytest.mark.parametrize("jobs", [1, 2])
def test_ctrl_c_ends_every_process_at_once_and_quietly(started, many, jobs):
    process = started("--pretokenized", "--jobs", jobs, many, "-")  # and then waits for standard input
    assert process.stdout.readline().startswith(b"Ada/")
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, b"")
    assert is_gone(process.pid)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_reader_that_has_had_enough_ends_every_process_quietly(started, many, jobs):
    process = started("--pretokenized", "--jobs", jobs, many, many, many, many)
    assert process.stdout.readline().startswith(b"Ada/")
    process.stdout.close()
    assert process.wait(timeout=60) == 1
    assert process.stderr.read() == b""
    assert is_gone(process.pid)


def test_a_worker_that_is_killed_ends_the_command_with_one_message(started, many):
    process = started("--pretokenized", "--jobs", "2", *[many] * 10)
    assert process.stdout.readline().startswith(b"Ada/")
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    (worker, *_) = [pid for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(int(worker), signal.SIGKILL)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    (line,) = err.decode().splitlines()
    assert line.startswith("tagger: a worker process was killed (SIGKILL)")
    assert is_gone(process.pid)
