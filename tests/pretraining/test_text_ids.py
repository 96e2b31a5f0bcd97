import gzip
import io
import lzma
import sys

import numpy as np
import pytest

from tagger.errors import DataError
from tagger.model.vocabulary import UNKNOWN
from tagger.pretraining.text_ids import prepared_text

TEXT = "Zwölf Boxkämpfer\r\njagen 𝔙iktor.\n" * 3


def folder_of(tmp_path, name="run"):
    folder = tmp_path / name
    folder.mkdir()
    return folder


def text_of(prepared):
    """The text that the ids stand for, with `?` for the unknown character."""
    characters = ["", "?", *prepared.vocabulary.entries]
    return "".join(characters[number] for number in prepared.ids)


def test_ids_are_those_of_the_characters_most_frequent_first(tmp_path):
    (tmp_path / "text").write_text("babab\nb", encoding="utf-8")
    prepared = prepared_text([str(tmp_path / "text")], folder_of(tmp_path), 1)
    assert prepared.vocabulary.entries == ("b", "a", "\n")
    assert prepared.ids.tolist() == [2, 3, 2, 3, 2, 4, 2]
    assert prepared.ids.dtype == np.uint8


def test_rare_characters_are_the_unknown_one(tmp_path):
    (tmp_path / "text").write_text("abcabdab", encoding="utf-8")
    prepared = prepared_text([str(tmp_path / "text")], folder_of(tmp_path), 2)
    assert prepared.vocabulary.entries == ("a", "b")
    assert prepared.ids[2] == prepared.ids[5] == UNKNOWN


def test_a_text_without_a_frequent_character_is_an_error(tmp_path):
    (tmp_path / "text").write_text("abc", encoding="utf-8")
    with pytest.raises(DataError, match=r"occurs 2 times: lower characters\.min_count"):
        prepared_text([str(tmp_path / "text")], folder_of(tmp_path), 2)


def test_many_different_characters_take_two_bytes_each(tmp_path):
    text = "".join(map(chr, range(0x4E00, 0x4F00)))
    (tmp_path / "text").write_text(text, encoding="utf-8")
    prepared = prepared_text([str(tmp_path / "text")], folder_of(tmp_path), 1)
    assert prepared.ids.dtype == np.uint16
    assert text_of(prepared) == text


def test_compressed_files_and_standard_input_are_read_as_the_plain_file(tmp_path, monkeypatch):
    content = TEXT.encode()
    for name, data in {"plain": content, "gz": gzip.compress(content), "xz": lzma.compress(content)}.items():
        (tmp_path / name).write_bytes(data)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    paths = [*(str(tmp_path / name) for name in ("plain", "gz", "xz")), "-"]
    made = [prepared_text([path], folder_of(tmp_path, f"run {number}"), 1) for number, path in enumerate(paths)]
    assert [text_of(each) for each in made] == [TEXT] * 4
    assert {each.record.checksum for each in made} == {made[0].record.checksum}
    assert [source.name for each in made for source in each.record.sources] == ["plain", "gz", "xz", "<stdin>"]
    assert made[3].record.sources[0].bytes == 0


def test_files_are_one_text_and_its_blocks_are_cut_anywhere(tmp_path, monkeypatch):
    monkeypatch.setattr("tagger.pretraining.text_sources.CHARACTERS_AT_ONCE", 7)
    for name, part in {"one": TEXT[:20], "two": TEXT[20:]}.items():
        (tmp_path / name).write_text(part, encoding="utf-8", newline="")
    prepared = prepared_text([str(tmp_path / "one"), str(tmp_path / "two")], folder_of(tmp_path), 1)
    assert text_of(prepared) == TEXT
    assert [source.characters for source in prepared.record.sources] == [20, len(TEXT) - 20]


def test_a_run_keeps_its_text_and_refuses_another(tmp_path):
    folder = folder_of(tmp_path)
    text, other = tmp_path / "text", tmp_path / "other"
    text.write_text(TEXT, encoding="utf-8", newline="")
    other.write_text(TEXT, encoding="utf-8", newline="")
    first = prepared_text([str(text)], folder, 1)
    again = prepared_text([str(text)], folder, 1)
    assert again.record == first.record
    assert again.ids.tolist() == first.ids.tolist()
    with pytest.raises(DataError, match=r"the run to resume has read other text \(text\)"):
        prepared_text([str(other)], folder, 1)


def test_a_run_that_began_with_another_text_is_not_resumed_with_this_one(tmp_path):
    folder = folder_of(tmp_path)
    (tmp_path / "text").write_text(TEXT, encoding="utf-8")
    with pytest.raises(DataError, match="the run to resume began with another text"):
        prepared_text([str(tmp_path / "text")], folder, 1, "another checksum")
    assert not [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "text: the file is empty"),
        (b"one\ntwo \xe4\n", "text:2:5: byte 0xe4 is not UTF-8"),
        (gzip.compress(b"one" * 100, mtime=0)[:-12], "text: the gzip data is damaged or cut short"),
    ],
)
def test_a_file_that_is_empty_or_damaged_is_an_error_with_its_place(tmp_path, content, message):
    (tmp_path / "text").write_bytes(content)
    with pytest.raises(DataError) as error:
        prepared_text([str(tmp_path / "text")], folder_of(tmp_path), 1)
    assert message in str(error.value)
