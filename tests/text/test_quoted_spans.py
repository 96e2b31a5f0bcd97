"""Spans that are quoted without offsets: where they are found, and what is said where they are not."""

import json
import re

import pytest

import tagger
from tagger.errors import ConfigError, DataError
from tagger.text.formats import read_sentences
from tagger.text.jsonl import read_jsonl
from tagger.text.quoted_spans import Quote, find_quotes
from tagger.text.remarks import Remarks

TWICE = "Pfizer sued. Pfizers lost. Then Pfizer paid Moderna."


def found(text, *quotes, **options):
    spans = find_quotes(
        text, [Quote(*quote) if isinstance(quote, tuple) else Quote("ORG", quote) for quote in quotes], **options
    )
    return sorted((span.start, text[span.start : span.end], span.label) for span in spans)


def test_a_string_that_stands_once_is_found():
    assert found(TWICE, "Moderna") == [(44, "Moderna", "ORG")]
    assert found("Die Lufthansagruppe.", "Lufthansa") == [
        (4, "Lufthansa", "ORG")
    ]  # inside a word, for want of a better


def test_a_string_that_stands_several_times_is_refused_unless_it_says_which():
    why = r"'Pfizer' \(ORG\) stands in 2 places, at 0, 32, and is given once: .*--every-quote .*every_quote=True"
    with pytest.raises(DataError, match=why):
        found(TWICE, "Pfizer")
    both = [(0, "Pfizer", "ORG"), (32, "Pfizer", "ORG")]  # not the one inside a longer word
    assert found(TWICE, ("ORG", "Pfizer", "all")) == found(TWICE, "Pfizer", every=True) == both
    assert found(TWICE, "Pfizer", "Pfizer") == both
    assert found(TWICE, ("ORG", "Pfizer", 2)) == both[1:]
    assert found(TWICE, ("ORG", "Pfizer", 2), ("PER", "Pfizer", 1)) == [(0, "Pfizer", "PER"), both[1]]
    with pytest.raises(DataError, match="has the occurrence 3, but stands in 2 places of the text"):
        found(TWICE, ("ORG", "Pfizer", 3))
    with pytest.raises(DataError, match=r"'Pfizer' \(ORG\) and 'Pfizer' \(PER\) are of one string"):
        found(TWICE, "Pfizer", ("PER", "Pfizer"))


def test_places_inside_a_longer_quotation_do_not_count():
    text = "Oxford University is in Oxford."
    assert found(text, ("LOC", "Oxford"), "Oxford University") == [
        (0, "Oxford University", "ORG"),
        (24, "Oxford", "LOC"),
    ]


def test_white_space_quotation_marks_and_normal_forms_may_differ():
    assert found("in New\n  York now", "New York") == found("in New\n  York now", " New\tYork ")
    assert found("in New\n  York now", "New York") == [(3, "New\n  York", "ORG")]
    assert found("at O’Reilly’s", "O'Reilly's") == [(3, "O’Reilly’s", "ORG")]
    composed, decomposed = "Nestlé paid Zoë", "Nestle\u0301 paid Zoe\u0308"
    assert found(composed, "Nestle\u0301") == [(0, "Nestlé", "ORG")]
    assert found(decomposed, "Nestlé", "Zoë") == [(0, "Nestle\u0301", "ORG"), (13, "Zoe\u0308", "ORG")]
    assert found("„Faust“, »Egmont«", '"Faust"', '"Egmont"') == [(0, "„Faust“", "ORG"), (9, "»Egmont«", "ORG")]
    with pytest.raises(DataError, match="does not stand in the text"):
        found("Nestlé", "Nestle")  # no letter is cut from its accent
    with pytest.raises(DataError, match="does not stand in the text"):
        found("Nestle\u0301 paid", "estle paid")


def test_one_string_in_several_spellings_is_found_in_each():
    text = "O'Reilly met O’Reilly"
    both = [(0, "O'Reilly", "ORG"), (13, "O’Reilly", "ORG")]
    assert found(text, "O'Reilly", "O’Reilly") == found(text, "O’Reilly", "O'Reilly") == both
    assert found(text, "O'Reilly", every=True) == found(text, ("ORG", "O’Reilly", "all")) == both
    assert found(text, ("PER", "O’Reilly"), "O'Reilly") == [both[0], (13, "O’Reilly", "PER")]
    assert found(text, "O’Reilly") == both[1:]  # as it stands, letter by letter
    assert found(text, ("ORG", "O'Reilly", 2)) == both[1:]
    assert found("New York and New\nYork", "New York", "New York") == [(0, "New York", "ORG"), (13, "New\nYork", "ORG")]
    with pytest.raises(DataError, match="are of one string"):
        found("O'Reilly left", "O'Reilly", ("PER", "O’Reilly"))


def test_the_number_of_an_occurrence_counts_the_places_of_the_message():
    text = "Oxford University is in Oxford, not the other Oxford."
    with pytest.raises(DataError, match="stands in 2 places, at 24, 46, and is given once"):
        found(text, "Oxford University", ("LOC", "Oxford"))
    assert found(text, "Oxford University", ("LOC", "Oxford", 1))[1:] == [(24, "Oxford", "LOC")]
    assert found(text, "Oxford University", ("LOC", "Oxford", 2))[1:] == [(46, "Oxford", "LOC")]
    with pytest.raises(DataError, match="occurrence 3, but stands in 2 places of the text, outside of longer"):
        found(text, "Oxford University", ("LOC", "Oxford", 3))
    with pytest.raises(DataError, match="stands in 3 places, at 0, 2, 4, and is given 2 times"):
        found("a a a", "a", ("ORG", "a", 2))


def test_a_string_that_is_not_there_says_what_is():
    with pytest.raises(
        DataError, match=r"'pfizer paid' \(ORG\) does not stand in the text; 'Pfizer paid' stands there, in another"
    ):
        found(TWICE, "pfizer paid")
    with pytest.raises(DataError, match="does not stand in the text: quote what stands there"):
        found(TWICE, "Novartis")


def test_long_texts_and_many_quotations():
    assert len(found("a " * 2_000, "a", every=True)) == 2_000
    assert len(found("e\u0301" * 3_000 + " x", "x")) == 1
    words = [f"w{number:03}" for number in range(300)]
    assert [text for _, text, _ in found(" ".join(words), *words)] == words


LINES = [
    {"text": "Ada works at Pfizer. Pfizer pays.", "spans": [{"text": "Ada", "label": "PER", "score": 0.9}]},
    {"text": "Ada left.", "spans": [{"text": "Ida", "label": "PER"}]},
    '{"text": "Ada le',
    {"text": "Bath is old.", "spans": [{"start": 0, "end": 4, "label": "LOC"}, {"text": "", "label": "LOC"}]},
    {"text": "Bath is old.", "entities": [{"text": "Bath", "label": "LOC"}]},
]


def lines_file(tmp_path, *lines):
    file = tmp_path / "llm.jsonl"
    file.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return file


def test_lines_that_are_refused_are_left_out_and_counted_on_request(tmp_path):
    file, remarks = lines_file(tmp_path, *LINES), Remarks()
    sentences = list(read_jsonl(file, skip_refused=True, remarks=remarks))
    assert [sentence.tags.get("ner") for sentence in sentences] == [("B-PER", "O", "O", "O", "O"), ("O",) * 3, None]
    said = [str(remark) for remark in remarks]
    assert re.fullmatch(
        r"records that are refused, left out: 3, the first at .*llm.jsonl:2: the quotation 'Ida' \(PER\) does not .*",
        said[0],
    )
    assert "spans under a key that is not read" in said[1]
    with pytest.raises(DataError, match=r"llm.jsonl:2: the quotation 'Ida'"):
        list(read_jsonl(file))


def test_a_first_line_that_is_cut_short_is_left_out_too(tmp_path):
    cut, remarks = '{"text": "Ada', Remarks()
    (sentence,) = read_jsonl(lines_file(tmp_path, cut, {"text": "Ada"}), skip_refused=True, remarks=remarks)
    assert sentence.words == ("Ada",) and "llm.jsonl:1:" in str(*remarks)
    for lines in ((cut + '",', cut + '",', {"text": "Ada"}), (cut + '",', {"text": "Ada"}), ({"text": "Ada"}, cut)):
        assert len(list(read_jsonl(lines_file(tmp_path, *lines), skip_refused=True))) == 1
    for lines in (("[", '{"text": "Ada"},', '{"text": 5},', '{"text": "B'), ('[{"text": "Ada"}, {"tex',)):
        remarks = Remarks()
        (sentence,) = read_jsonl(lines_file(tmp_path, *lines), skip_refused=True, remarks=remarks)
        assert sentence.words == ("Ada",) and "refused" in str(*remarks)
    several = json.dumps({"text": "Ada", "spans": [{"text": "Ada", "label": "PER"}]}, indent=1)
    for text in (several, f"[\n{json.dumps({'text': 'Ada'})}\n]"):
        (sentence,) = read_jsonl(lines_file(tmp_path, text), skip_refused=True)
        assert sentence.words == ("Ada",)


def test_what_models_write_in_place_of_numbers_and_nothing(tmp_path):
    span = {"text": "Bath", "label": "X", "start": None, "end": None, "occurrence": "2"}
    (sentence,) = read_jsonl(lines_file(tmp_path, {"text": "Bath, old Bath.", "spans": [span]}))
    assert sentence.tags["ner"] == ("O", "O", "O", "B-X", "O")


def test_places_in_spans_with_offsets_do_not_count(tmp_path):
    spans = [{"start": 0, "end": 8, "label": "LOC"}, {"text": "Bath", "label": "X"}]
    (sentence,) = read_jsonl(lines_file(tmp_path, {"text": "Bath Spa and Bath", "spans": spans}))
    assert sentence.tags["ner"] == ("B-LOC", "I-LOC", "O", "B-X")


def test_programs_give_quotations_too():
    (sentence,) = tagger.read([{"text": "Bath, old Bath.", "spans": [{"text": "Bath", "label": "X", "occurrence": 2}]}])
    assert sentence.tags["ner"] == ("O", "O", "O", "B-X", "O")
    twice = {"text": "Bath, old Bath.", "spans": [{"text": "Bath", "label": "X"}]}
    (sentence,) = tagger.read([twice], every_quote=True)
    assert sentence.tags["ner"] == ("B-X", "O", "O", "B-X", "O")
    with pytest.warns(UserWarning, match="refused, left out: 1, at sentence 1: the quotation 'Bath'"):
        assert len(tagger.read([twice, {"text": "Ada", "spans": []}], skip_refused=True)) == 1


@pytest.mark.parametrize(
    ("span", "message"),
    [
        ({"text": "Bath"}, "'label' of span 1 is missing"),
        ({"text": " ", "label": "LOC"}, "'text' of span 1 is empty"),
        ({"text": "Bath", "label": "LOC", "occurrence": 0}, "'occurrence' of span 1 is '0': it must be 1 or more"),
        ({"text": "Bath", "label": "LOC", "occurrence": True}, "'occurrence' of span 1 is 'True'"),
        ({"text": "Bath", "label": "LOC", "start": 0}, "'end' of span 1 is missing"),
    ],
)
def test_wrong_quotations_are_refused_by_line(tmp_path, span, message):
    with pytest.raises(DataError, match=f"llm.jsonl:1: {message}"):
        list(read_jsonl(lines_file(tmp_path, {"text": "Bath is old.", "spans": [span]})))


def test_quotations_that_overlap_are_refused_and_repaired(tmp_path):
    spans = [{"text": "New York", "label": "LOC"}, {"text": "York Times", "label": "ORG"}]
    file, remarks = lines_file(tmp_path, {"text": "the New York Times", "spans": spans}), Remarks()
    with pytest.raises(DataError, match="overlap; tags cannot write both"):
        list(read_jsonl(file))
    (sentence,) = read_jsonl(file, repair=True, remarks=remarks)
    assert sentence.tags["ner"] == ("O", "O", "B-ORG", "I-ORG")
    assert str(*remarks).startswith("spans that overlap a longer one, left out: 1")


def test_other_keys_and_the_options(tmp_path):
    file = lines_file(tmp_path, {"text": "Bath, old Bath.", "entities": [{"text": "Bath", "label": "LOC"}]})
    (sentence,) = read_sentences(str(file), tasks={"ner": "entities"}, every_quote=True)
    assert sentence.tags["ner"] == ("B-LOC", "O", "O", "B-LOC", "O")
    with pytest.raises(ConfigError, match="--every-quote and --skip-refused are for JSON, not for format columns"):
        list(read_sentences(str(file), columns=["token"], skip_refused=True))
