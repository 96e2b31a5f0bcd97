import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.errors import DataError
from tagger.text.format_names import OFFSETS
from tagger.text.formats import read_sentences
from tagger.text.remarks import Remarks
from tagger.text.span_offsets import CHARACTERS, OffsetReader, Piece

TEXTS = {
    "utf-16": "🎉🎉 Mira sang in Varn all day.",
    "bytes": "Ré Œx Mira sang in Varn all day.",
    "crlf": "Hello\r\nMira sang in\r\nVarn.",
    "inclusive": "Then Mira sang in Varn.",
}


def wrong(way, text, word):
    """Return the offsets of a word as another program counts them."""
    at = text.index(word)
    before = text[:at]
    start = {
        "utf-16": len(before.encode("utf-16-le")) // 2,
        "bytes": len(before.encode()),
        "crlf": len(before.replace("\r\n", "\n")),
    }.get(way, at)
    return start, start + len(word) - (way == "inclusive")


def read(tmp_path, records, **options):
    file = tmp_path / "some.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in records), newline="")
    remarks = Remarks()
    sentences = list(read_sentences(file, remarks=remarks, **options))
    return [span.text for sentence in sentences for span in sentence.spans("ner")], [
        (remark.what, remark.count, remark.first.rpartition("/")[2]) for remark in remarks
    ]


def record(text, *spans, own=""):
    return {"text": text, "spans": [{"start": start, "end": end, "label": "X", "text": own} for start, end in spans]}


@pytest.mark.parametrize("way", TEXTS)
def test_the_likely_cause_is_named_and_its_option_reads_the_spans(tmp_path, way):
    text = TEXTS[way]
    records = [record(text, wrong(way, text, "Mira"), wrong(way, text, "Varn")), record("Plain text.")]
    with pytest.raises(DataError, match=rf"some.jsonl:1 .*--offsets {way} reads them so, or say --offsets characters"):
        read(tmp_path, records)
    assert read(tmp_path, records, offsets=way) == (["Mira", "Varn"], [])
    with pytest.raises(DataError, match=f"but its own text is 'Mira'.*--offsets {way} reads them so"):
        read(tmp_path, [record(text, wrong(way, text, "Mira"), own="Mira")])
    cut = ("spans that begin or end inside a word, which is cut there", 2, "some.jsonl:1")
    assert read(tmp_path, records, offsets=CHARACTERS)[1][-1] == cut


def test_line_breaks_that_were_counted_as_two(tmp_path):
    text = "Hello\n\nMira sang.\nVarn too."
    records = [record(text, (9, 13), (21, 25))]  # as with \r\n
    with pytest.raises(DataError, match="--offsets crlf"):
        read(tmp_path, records)
    assert read(tmp_path, records, offsets="crlf")[0] == ["Mira", "Varn"]


def test_offsets_that_leave_the_text_name_the_cause_too(tmp_path):
    text = "🎉🎉 Mira"
    with pytest.raises(DataError, match=r"the span X \(5 to 9\) is not inside the 7 .*--offsets utf-16"):
        read(tmp_path, [record(text, (5, 9))])
    with pytest.raises(DataError, match=r"X \(0 to 0\) is not inside .*--offsets inclusive"):
        read(tmp_path, [record("A b", (0, 0))])
    with pytest.raises(DataError, match=r"X \(0 to 9\) is not inside the 3 characters of the text$"):
        read(tmp_path, [record("A b", (0, 9))])


def test_one_offset_inside_a_word_in_twenty_is_a_remark_and_more_are_an_error(tmp_path):
    good, bad = record("Mira sang", (0, 4)), record("Miras song", (0, 4))
    texts, remarks = read(tmp_path, [good] * 19 + [bad])
    assert (len(texts), texts[-1]) == (20, "Mira")
    assert remarks == [("spans that begin or end inside a word, which is cut there", 1, "some.jsonl:20")]
    with pytest.raises(DataError, match=r"some.jsonl: 1 of 19 spans .* at .*:19 \('Mira', 0 to 4\); convert them"):
        read(tmp_path, [good] * 18 + [bad])


def test_few_texts_with_emoji_in_a_long_file_show_the_cause(tmp_path):
    emoji = record("🎉 Mira sang", (3, 7))
    with pytest.raises(DataError, match=r"5 of 205 spans .*--offsets utf-16"):
        read(tmp_path, [record("Mira sang", (0, 4))] * 200 + [emoji] * 5)


@pytest.mark.parametrize("text", ["New-York-based firms", "東京都に行く", "กรุงเทพมหานคร"])
def test_marks_and_scripts_without_spaces_are_no_doubt(tmp_path, text):
    assert read(tmp_path, [record(text, (0, 3))])[0] == [text[:3]]


@given(st.text("aé🎉 \r\n\u0301", max_size=30), st.data())
def test_offsets_of_every_kind_are_those_of_characters(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    if text[max(start - 1, 0) : start + 1] == "\r\n" or text[max(end - 1, 0) : end + 1] == "\r\n":
        return  # no place in a text whose line breaks are one character
    breaks = ("\r\n", "\n") if "\r\n" in text else ("\n", "\r\n")
    counted = {
        "characters": [len(text[:at]) for at in (start, end)],
        "utf-16": [len(text[:at].encode("utf-16-le")) // 2 for at in (start, end)],
        "bytes": [len(text[:at].encode()) for at in (start, end)],
        "crlf": [len(text[:at].replace(*breaks)) for at in (start, end)],
        "inclusive": [start, end - 1],
    }
    for way, (first, last) in counted.items():
        assert OffsetReader(way).read(text, [[Piece(first, last)]]) == [[(start, end)]], way


def test_offsets_have_a_name_for_each_way():
    assert set(OFFSETS) == {CHARACTERS, *TEXTS}
