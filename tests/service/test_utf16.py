from hypothesis import given
from hypothesis import strategies as st

from tagger.service.utf16 import utf16_offsets, with_offsets


@given(st.text())
def test_offsets_are_those_of_the_encoded_text(text):
    convert = utf16_offsets(text)
    for offset in range(len(text) + 1):
        expected = len(text[:offset].encode("utf-16-le", "surrogatepass")) // 2
        assert (convert(offset) if convert else offset) == expected


def test_every_offset_of_a_sentence_is_converted():
    token = {"text": "a", "start": 1, "end": 2, "upos": "X"}
    content = {"text": "a", "start": 1, "end": 2, "tokens": [{**token, "words": [token]}], "spans": {"ner": [token]}}
    moved = {**token, "start": 11, "end": 12}
    assert with_offsets(content, lambda offset: offset + 10) == {
        **{"text": "a", "start": 11, "end": 12, "tokens": [{**moved, "words": [moved]}], "spans": {"ner": [moved]}}
    }
