import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.text.white_space import escape_white_space, unescape_white_space


@pytest.mark.parametrize(
    ("escaped", "white_space"),
    [("\\s", " "), ("\\s\\t\\r\\n", " \t\r\n"), ("\\u00A0", "\u00a0"), ("\\u2028\\s", "\u2028 ")],
)
def test_white_space_is_escaped_as_udpipe_does(escaped, white_space):
    assert escape_white_space(white_space) == escaped
    assert unescape_white_space(escaped) == white_space


def test_white_space_may_stand_unescaped():
    assert unescape_white_space("\u00a0") == "\u00a0"


@pytest.mark.parametrize("escaped", ["x", "\\p", "\\\\", "\\s;", "\\x", "\\", "\\u00"])
def test_what_is_no_white_space_is_none(escaped):
    assert unescape_white_space(escaped) is None


@given(st.text([chr(code) for code in range(0x3001) if chr(code).isspace()]))
def test_any_white_space_is_read_back(white_space):
    assert unescape_white_space(escape_white_space(white_space)) == white_space
