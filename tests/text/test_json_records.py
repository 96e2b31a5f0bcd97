import json

import pytest

from tagger.errors import DataError
from tagger.text.json_records import json_records
from tagger.text.remarks import Remarks


def records(tmp_path, content):
    file = tmp_path / "some.json"
    file.write_text(content)
    return [
        (record.keys, record.place.replace(f"{tmp_path}/", ""), record.name(str(file)))
        for record in json_records(file, Remarks())
    ]


@pytest.mark.parametrize(
    ("content", "places"),
    [
        ('{"n": 1}\n\n{"n": 2}\n', ["some.json:1", "some.json:3"]),
        ('[{"n": 1}, {"n": 2}]\n', ["some.json:1 (record 1)", "some.json:1 (record 2)"]),
        ('[\n  {"n": 1},\n  {\n    "n": 2\n  }\n]\n', ["some.json:2 (record 1)", "some.json:3 (record 2)"]),
        ('[{"n": 1},\n{"n": 2}]', ["some.json:1 (record 1)", "some.json:2 (record 2)"]),
        ('{\n"n": 1}\n{"n":\n2}', ["some.json:1", "some.json:3"]),
    ],
)
def test_records_are_objects_a_line_or_in_an_array(tmp_path, content, places):
    found = records(tmp_path, content)
    assert [keys for keys, _, _ in found] == [{"n": 1}, {"n": 2}]
    assert [place for _, place, _ in found] == places
    assert len({name for _, _, name in found}) == 2


def test_an_array_over_lines_may_hold_brackets_in_strings(tmp_path):
    rows = [{"text": 'a ] } , " \\ [ {'}, {"text": "b", "deep": [[{"x": []}], {}]}]
    assert [keys for keys, _, _ in records(tmp_path, json.dumps(rows, indent=2))] == rows
    assert records(tmp_path, "[\n]\n") == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[\n{"n": 1},\n', ":2: the JSON that begins before ends too early; is the file cut short"),
        ('{"n": 1,\n"m": [\n', ":2: the JSON .* is the file cut short"),
        ('[\n{"n": 1},\n{"n": 1 2}\n]', ":3:9: not JSON: Expecting ',' delimiter"),
        ('{"n": 1}\n{"n": "abc\n', ":2:11: not JSON: Invalid control character"),
        ('[\n1,\n{"n": 2}]', ":2: no JSON object; give one a line"),
        ('[{"n": 1}, 2]', ":1: no JSON object in record 2"),
        ('"text"', ":1: no JSON object"),
        ("[\n" * 50_000, "some.json:.*cut short"),
    ],
)
def test_anything_else_is_an_error_with_its_place(tmp_path, content, message):
    with pytest.raises(DataError, match=f"some.json{message}" if message[0] == ":" else message):
        records(tmp_path, content)
