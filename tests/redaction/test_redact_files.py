"""`tagger redact`: files, streams, mappings; the rest of the text stays as it is."""

import gzip
import io
import json
import os
import stat

import pytest

from tagger.errors import DataError
from tagger.redaction import redact_files as module
from tagger.redaction.redacted_outputs import RedactionLog
from tagger.redaction.redactor import Redaction, RedactOptions, Redactor

PARAGRAPH = "Ada Lovelace left Warsaw. \t Her number is 4111 1111\u00a01111 1111!\r\nlovelace said so.\n\n\x0c"


@pytest.fixture
def stdin(monkeypatch):
    """Puts bytes where the command reads standard input."""
    return lambda content: monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))


def test_the_rest_of_a_file_stays_as_it_is_to_the_byte(tagger, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_BLOCK", 500)  # characters, so that matches lie across the ends of blocks
    path, output = tmp_path / "text.txt", tmp_path / "out.txt"
    path.write_bytes(b"\xef\xbb\xbf" + (PARAGRAPH * 40).encode() + b"No end of line: Ada")
    expected = PARAGRAPH.replace("Ada Lovelace", "[PER]").replace("Warsaw", "[LOC]").replace("lovelace", "[PER]")
    expected = expected.replace("4111 1111\u00a01111 1111", "[CARD]")
    done = tagger("redact", path, "--output", output)
    assert (done.code, done.out) == (0, "")
    assert output.read_bytes() == b"\xef\xbb\xbf" + (expected * 40).encode() + b"No end of line: [PER]"
    assert done.err == "replaced 40 CARD, 40 LOC, 81 PER; look at the result before you pass it on\n"
    assert tagger("redact", path, "--output", output).err.startswith(f"tagger: {output}: exists already")
    packed = tmp_path / "text.txt.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert tagger("redact", packed, "--output", output, "--overwrite").code == 0
    assert output.read_bytes().startswith(b"\xef\xbb\xbf[PER] left [LOC]. \t Her number is [CARD]!\r\n[PER]")


def test_blocks_and_streams_give_what_the_text_gives_at_once(english, monkeypatch, tmp_path):
    text = (PARAGRAPH + "Mail a.b@c.org or call +44 20 7946 0018 now, said Mr. Stone of Warsaw. ") * 30
    options = RedactOptions(replace_with="pseudonym")
    whole = Redactor(english, options)(text)
    (tmp_path / "text.txt").write_text(text, encoding="utf-8", newline="")
    for block, stream in ((401, False), (1000, False), (1 << 16, True)):
        monkeypatch.setattr(module, "_BLOCK", block)
        out = io.StringIO()
        mapping = tmp_path / "mapping.jsonl"
        target = module.RedactedFiles(mapping=mapping, overwrite=True)
        module.redact_files([str(tmp_path / "text.txt")], Redactor(english, options), target, out, stream=stream)
        assert out.getvalue() == whole.text
        lines = [json.loads(line) for line in mapping.read_text(encoding="utf-8").splitlines()]
        assert [(each["start"], each["redacted_start"]) for each in lines] == [
            (each.start, each.redacted_start) for each in whole.redactions
        ]


def test_a_name_of_the_last_file_is_known_in_the_first(tagger, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").write_text("the zorbecka file is there.\n", encoding="utf-8")
    (folder / "b.txt").write_text("Mrs. Maria Zorbecka lives in London.\n", encoding="utf-8")
    (folder / "empty.txt").touch()
    done = tagger("redact", folder, "--output", tmp_path / "out", "--labels", "PER, ORG", "--mapping", tmp_path / "map")
    assert done.code == 0, done.err
    written = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "out").iterdir()}
    assert written == {
        "a.txt": "the [PER] file is there.\n",
        "b.txt": "Mrs. [PER] lives in London.\n",
        "empty.txt": "",
    }
    assert stat.S_IMODE((tmp_path / "map").stat().st_mode) == 0o600
    lines = [json.loads(line) for line in (tmp_path / "map").read_text(encoding="utf-8").splitlines()]
    assert [(each["file"][-5:], each["start"], each["text"]) for each in lines] == [
        ("a.txt", 4, "zorbecka"),
        ("b.txt", 5, "Maria Zorbecka"),
    ]


def test_standard_input_is_redacted_whole_or_as_it_comes(tagger, stdin):
    content = b"lovelace left.\n\nAda Lovelace left.\n\nlovelace left.\n"
    stdin(content)
    assert tagger("redact", "--threshold", 1).out == "[PER] left.\n\n[PER] left.\n\n[PER] left.\n"
    stdin(content)
    streamed = tagger("redact", "-", "--stream", "--threshold", 1).out
    assert streamed.endswith(" left.\n\n[PER] left.\n\n[PER] left.\n")


def test_what_cannot_be_read_leaves_nothing(tagger, stdin, tmp_path):
    stdin(b"Ada left.\n\nShe \xff left.\n")
    done = tagger("redact", "--mapping", tmp_path / "map")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("tagger: <stdin>:3:5: byte 0xff is not UTF-8")
    assert list(tmp_path.iterdir()) == []
    for name in ("a", "b"):
        (tmp_path / name).write_text("Ada left.", encoding="utf-8")
    files = [tmp_path / "a", tmp_path / "b"]
    assert "say --output FOLDER" in tagger("redact", *files).err
    assert "--stream is for one input" in tagger("redact", *files, "--output", tmp_path / "c", "--stream").err
    assert tagger("redact", tmp_path / "none").code == 1


def test_a_mapping_in_the_place_of_an_input_or_output_is_refused(tagger, tmp_path):
    path, link = tmp_path / "text.txt", tmp_path / "link"
    path.write_text("Ada left.", encoding="utf-8")
    link.symlink_to(path)
    for mapping, why in ((link, "is also an input"), (tmp_path / "out", "is also the output")):
        done = tagger("redact", path, "--output", tmp_path / "out", "--mapping", mapping, "--overwrite")
        assert done.code != 0 and why in done.err
    assert "is no file" in tagger("redact", path, "--mapping", tmp_path, "--overwrite").err
    assert path.read_text(encoding="utf-8") == "Ada left." and not (tmp_path / "out").exists()


def test_all_files_are_written_with_their_mapping_or_none(english, tmp_path, monkeypatch):
    for name in ("a", "b"):
        (tmp_path / name).write_text("Ada Lovelace left.", encoding="utf-8")
    (tmp_path / "a").chmod(0o600)
    given, out = [str(tmp_path / "a"), str(tmp_path / "b")], tmp_path / "out"
    target = module.RedactedFiles(out, tmp_path / "map")

    class Failing(Redactor):
        replaced = 0

        def replacement(self, text, label):
            self.replaced += 1
            if self.replaced == 2:
                raise KeyboardInterrupt
            return super().replacement(text, label)

    with pytest.raises(KeyboardInterrupt):
        module.redact_files(given, Failing(english, RedactOptions()), target, io.StringIO())
    assert list(out.iterdir()) == [] and not (tmp_path / "map").exists()
    module.redact_files(given, Redactor(english, RedactOptions()), target, io.StringIO())
    assert [path.read_text(encoding="utf-8") for path in sorted(out.iterdir())] == ["[PER] left."] * 2
    assert [stat.S_IMODE((folder / "a").stat().st_mode) for folder in (tmp_path, out)] == [0o600] * 2
    assert len((tmp_path / "map").read_text(encoding="utf-8").splitlines()) == 2


@pytest.mark.parametrize("stream", [True, False])
def test_the_mapping_of_what_is_out_is_kept_when_the_reader_goes_away(english, tmp_path, monkeypatch, stream):
    class Closing(io.StringIO):
        def write(self, text):
            super().write(text)
            if "[PER]" in text:
                raise BrokenPipeError(32, "Broken pipe")
            return len(text)

    monkeypatch.setattr(module, "_BLOCK", 500)
    path, mapping, modes = tmp_path / "text.txt", tmp_path / "map", set()
    path.write_text("Ada Lovelace left.\n\n" * 60, encoding="utf-8")
    opened = os.open
    monkeypatch.setattr(
        os, "open", lambda name, flags, mode=0o777, **more: modes.add(mode) or opened(name, flags, mode, **more)
    )
    out = Closing()
    with pytest.raises(BrokenPipeError):
        redactor = Redactor(english, RedactOptions())
        module.redact_files([str(path)], redactor, module.RedactedFiles(mapping=mapping), out, stream=stream)
    written = out.getvalue().count("[PER]")
    assert len(mapping.read_text(encoding="utf-8").splitlines()) == written > 0
    assert stat.S_IMODE(mapping.stat().st_mode) == 0o600 and 0o600 in modes


def test_one_file_of_a_folder_goes_to_a_folder_under_its_plain_name(tagger, tmp_path):
    folder, public = tmp_path / "in", tmp_path / "public"
    folder.mkdir()
    (folder / "a.txt.gz").write_bytes(gzip.compress(b"Ada Lovelace left."))
    assert tagger("redact", folder, "--output", public).code == 0
    assert (public / "a.txt").read_bytes() == b"[PER] left."
    again = tagger("redact", folder / "a.txt.gz", "--output", public)
    assert again.err.startswith(f"tagger: {public / 'a.txt'}: exists already")
    (folder / "a.txt").touch()
    assert "two files would be called a.txt" in tagger("redact", folder, "--output", public, "--overwrite").err


class Full(io.BytesIO):
    """A file on a disk that is full."""

    def write(self, content):
        raise OSError(28, "No space left on device")


def test_a_disk_that_is_full_is_an_error_that_names_the_place(english, tmp_path, monkeypatch):
    (tmp_path / "text").write_text("Ada left.", encoding="utf-8")
    monkeypatch.setattr(module.tempfile, "TemporaryFile", Full)
    with pytest.raises(DataError, match=r"no copy of .*text could be kept there: No space left .*TMPDIR names"):
        module.redact_files(
            [str(tmp_path / "text")], Redactor(english, RedactOptions()), module.RedactedFiles(), io.StringIO()
        )


def test_a_mapping_that_cannot_be_written_is_named(tmp_path):
    log = RedactionLog(tmp_path / "map", is_kept=True)
    with pytest.raises(DataError, match=r"map: could not be written: No space left"), log:
        log._file = Full()
        log.add("text", [Redaction("PER", 0, 3, "Ada", "[PER]", 0, 5)])
