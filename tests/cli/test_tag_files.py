"""`tagger tag` of several files, and of what a terminal must not get, with the English model."""

import gzip
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tagger.tagging.part_tagger import PartTagger
from tagger.tagging.parts import cut_into_parts
from tagger.tagging.tag_files import TagOptions

MAIN = "from tagger.cli import main; main()"


@pytest.fixture
def files(tmp_path, monkeypatch) -> Path:
    """Files to tag, some of which are empty or cannot be read, in the working folder."""
    monkeypatch.chdir(tmp_path)
    for name, content in {
        "one.txt": b"Ada left.\n\nShe saw Paris.",
        "blank.txt": b" \n\n",
        "empty.txt": b"",
        "latin.txt": b"Bob left.\n\nThen he saw caf\xe9s.\n",
        "cut.gz": gzip.compress(b"Eve left.\n" * 9, mtime=0)[:-9],
        "two.txt": "\ufeffRené left.".encode(),
    }.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


GOOD = [("one.txt", 0, "Ada left."), ("one.txt", 11, "She saw Paris."), ("two.txt", 0, "René left.")]


@pytest.mark.parametrize("jobs", [1, 2])
def test_each_sentence_of_several_files_names_its_file_and_an_empty_one_is_skipped(tagger, files, jobs):
    names = ["one.txt", "blank.txt", "empty.txt", "two.txt"]
    done = tagger("tag", *names, "--format", "jsonl", "--jobs", jobs)
    sentences = [json.loads(line) for line in done.out.splitlines()]
    assert [(each["file"], each["start"], each["text"]) for each in sentences] == GOOD
    assert done.code == 0
    for name in ("blank.txt", "empty.txt"):
        assert f"{name}: skipped, because nothing is in it to tag" in done.err
    if jobs == 1:
        assert json.loads(tagger("tag", *names, "--format", "json").out) == sentences
        conllu = tagger("tag", *names, "--format", "conllu").out.split("\n\n")[:-1]
        assert conllu[1].splitlines()[:5] == [
            "# sent_id = 2",
            "# file = one.txt",
            "# start = 11",
            "# end = 25",
            "# text = She saw Paris.",
        ]
        (files / "tagged.conllu").write_text("\n\n".join(conllu) + "\n\n", encoding="utf-8")
        again = tagger("tag", "tagged.conllu", "tagged.conllu", "--from", "conllu", "--format", "conllu").out
        assert again.startswith("# file = tagged.conllu\n# start = 0\n# end = 9\n# sent_id = 1\n# file = one.txt\n")


@pytest.mark.parametrize("jobs", [1, 2])
def test_files_that_cannot_be_read_do_not_stop_the_others(tagger, files, jobs):
    names = ["missing.txt", "one.txt", "latin.txt", "cut.gz", ".", "two.txt"]
    done = tagger("tag", *names, "--format", "jsonl", "--jobs", jobs)
    sentences = [json.loads(line) for line in done.out.splitlines()]
    assert [(each["file"], each["start"], each["text"]) for each in sentences if each["file"][3] == "."] == GOOD
    assert "Bob left." in [each["text"] for each in sentences]
    assert done.code == 1
    for message in (
        "missing.txt: there is no such file",
        "latin.txt:3:16: byte 0xe9",
        "cut.gz: the gzip",
        ".: this is",
    ):
        assert message in done.err
    assert "tagger: 4 of 6 files could not be read, or not to their end; the others are tagged" in done.err


def test_one_file_alone_is_as_before_and_nothing_at_all_is_an_error(tagger, files):
    (sentence, _) = map(json.loads, tagger("tag", "one.txt", "--format", "jsonl").out.splitlines())
    assert "file" not in sentence
    assert tagger("tag", "blank.txt").err.endswith("nothing but white space in it, so nothing to tag\n")
    done = tagger("tag", "blank.txt", "empty.txt")
    assert (done.code, done.out) == (1, "")
    assert "nothing to tag in any of the 2 files" in done.err


def test_parts_of_several_files_name_their_file(files):
    parts = cut_into_parts([str(files / "one.txt"), str(files / "two.txt")])
    tag = PartTagger(TagOptions(format="jsonl", names_files=True), str(files))
    assert [tag(part) for part in parts] == [2, 1]
    written = [json.loads(line) for line in (files / "part-00001.jsonl").read_text("utf-8").splitlines()]
    assert [each["file"] for each in written] == [str(files / "two.txt")]


HOSTILE = "Ada\x1b]0;owned\x07 left \u202eParis\x9b2J.\n"


@pytest.mark.parametrize("format", ["text", "json", "conllu"])
def test_a_terminal_gets_no_control_characters_of_the_text_and_a_pipe_gets_all(format, files, clean_environment):
    (files / "hostile.txt").write_text(HOSTILE, encoding="utf-8")
    command = [sys.executable, "-c", MAIN, "tag", "hostile.txt", "--format", format]
    environment = {**clean_environment, "TERM": "xterm"}
    piped = subprocess.run(command, capture_output=True, env=environment, check=True).stdout
    escaped = {"\x1b", "\x07"} if format == "json" else set()
    assert all(character in piped.decode() for character in {*HOSTILE} - escaped)
    master, slave = pty.openpty()
    subprocess.run(command, stdout=slave, stderr=subprocess.PIPE, env=environment, check=True)
    os.close(slave)
    shown = b""
    while "‹U+009B›".encode() not in shown or not shown.endswith(b"\n"):
        shown += os.read(master, 65536)
    os.close(master)
    text = shown.decode()
    assert "‹U+202E›" in text and "‹U+009B›" in text
    assert not {"\x07", "\x9b", "\u202e"} & set(text)
    assert "\x1b]" not in text


def test_a_message_shows_the_control_characters_of_the_input(tagger, files):
    (files / "bad.conllu").write_text(f"{HOSTILE[:-1]}{'x' * 1_000_000}\t_\n", encoding="utf-8")
    for arguments in (["tag", "--from", "conllu", "bad.conllu"], ["tag", "a\x1b[2Jb\u202e"]):
        done = tagger(*arguments)
        assert done.code == 1 and len(done.err) < 3000
        assert not {"\x07", "\x9b", "\u202e", "\x1b"} & set(done.err)
