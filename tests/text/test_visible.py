import pytest

from tagger.text.visible import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain <b>", "plain <b>"),
        ("a\u202eb\u2069", "a‹U+202E›b‹U+2069›"),
        ("null\0, bell\a, half\ud800", "null‹U+0000›, bell‹U+0007›, half‹U+D800›"),
        ("two\tlines\r\n", "two lines  "),
        ("zero\u200bwidth\ufeff", "zero‹U+200B›width‹U+FEFF›"),
        ("می\u200cخواهم 👩\u200d🔬 naïve", "می\u200cخواهم 👩\u200d🔬 naïve"),
    ],
)
def test_invisible_characters_are_spelled_out_and_others_kept(text, shown):
    assert visible(text) == shown
