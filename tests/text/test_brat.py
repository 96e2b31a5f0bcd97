import pytest

from tagger.errors import DataError
from tagger.text.formats import read_sentences
from tagger.text.remarks import Remarks

TEXT = "Mira Osk met\nTol in Varn. The 🎉 ended.\n"
SPANS = "T1\tPER 0 8\tMira Osk\nT2\tLOC 20 24\tVarn\n"


def read(folder, annotations, path="a.ann", text=TEXT, **options):
    (folder / "a.txt").write_text(text, newline="")
    (folder / "a.ann").write_text(annotations)
    remarks = Remarks()
    sentences = list(read_sentences(folder / path, remarks=remarks, **options))
    spans = [(span.label, span.text, sentence.place()[-7:]) for sentence in sentences for span in sentence.spans("ner")]
    return spans, [(remark.what, remark.count, remark.first.rpartition("/")[2]) for remark in remarks]


def test_a_text_and_its_spans(tmp_path):
    expected = [("PER", "Mira Osk", "a.txt:1"), ("LOC", "Varn", "a.txt:1")]
    assert read(tmp_path, SPANS) == (expected, [])
    assert read(tmp_path, SPANS, "a.txt") == read(tmp_path, SPANS, "a.txt", format="brat") == (expected, [])
    assert read(tmp_path, "T1\tLOC 30 31\t🎉\n")[0] == [("LOC", "🎉", "a.txt:2")]


def test_spans_of_pieces_are_read_whole_and_other_lines_are_counted(tmp_path):
    others = (
        "R1\tat Arg1:T1 Arg2:T2\n*\tEquiv T1 T2\nE1\tMeet:T1\nA1\tSure T1\nN1\tRef T1 W:1\tMira\n#1\tNote T1\tx\n\n"
    )
    spans, remarks = read(tmp_path, "T1\tPER 0 4;13 16\tMira Tol\n" + others)
    assert [span[:2] for span in spans] == [("PER", "Mira Osk met\nTol")]
    assert remarks == [
        ("relations, left out", 2, "a.ann:2"),
        ("events, left out", 1, "a.ann:4"),
        ("attributes, left out", 1, "a.ann:5"),
        ("normalizations, left out", 1, "a.ann:6"),
        ("notes, left out", 1, "a.ann:7"),
        ("spans of several pieces, read from their first to their last character", 1, "a.ann:1"),
    ]
    # A span over a line break is written in pieces too, but nothing stands between them.
    assert read(tmp_path, "T1\tPER 9 12;13 16\tmet Tol\n")[1] == []


def test_a_folder_is_read_by_the_names_of_its_files(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.txt").write_text("Varn.")
    (tmp_path / "sub" / "b.ann").write_text("T1\tLOC 0 4\tVarn\n")
    (tmp_path / "c.txt").write_text("Nobody came.")
    (tmp_path / "c.ann").touch()
    (tmp_path / "notes.txt").write_text("not annotated")
    spans, remarks = read(tmp_path, SPANS, ".")
    assert spans == [
        ("PER", "Mira Osk", "a.txt:1"),
        ("LOC", "Varn", "a.txt:1"),
        ("LOC", "Varn", "b.txt:1"),
    ]
    assert remarks == [("texts without a file of annotations (.ann), left out", 1, "notes.txt")]


@pytest.mark.parametrize(
    ("annotations", "options", "message"),
    [
        ("T1\tPER 0 8\tMira Tol\n", {}, r"the span PER \(0 to 8, .*a.ann:1\) is 'Mira Osk' there, .* 'Mira Tol'$"),
        ("T1\tPER 19 23\tVarn\n", {"text": TEXT.replace("\n", "\r\n")}, "--offsets crlf reads them so"),
        ("T1 PER 0 8 Mira\n", {}, "a.ann:1: 'T1 PER 0 8 Mira' is no span"),
        ("T1\tPER 0\tMira\n", {}, "a.ann:1: .* is no span; it is written T1<TAB>PER 0 4"),
        ("\nhello\n", {}, "a.ann:2: no line of brat's"),
        (SPANS + "T3\tORG 5 8\tOsk\n", {}, "a.ann:1.* and ORG .*a.ann:3.* overlap; .*--repair keeps the longest"),
        (SPANS, {"path": "b.ann"}, "b.ann: its text, b.txt, is not beside it"),
        (SPANS, {"path": "b.txt", "format": "brat"}, "there is no b.ann beside it"),
    ],
)
def test_anything_else_is_an_error_with_its_place(tmp_path, annotations, options, message):
    if "crlf" in message:
        annotations = "T1\tLOC 20 24\tVarn\n"
    with pytest.raises(DataError, match=message):
        read(tmp_path, annotations, **options)
