import pytest

from tagger.text.visible import as_message, visible, visible_lines


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


def test_lines_keep_their_breaks_and_the_colours_that_we_write():
    text = "\x1b[1m\x1b[31ma\tb\x1b[0m\nc\x1b[2J\x1b]0;title\x07\x9b8m\u202e\r"
    shown = "‹U+001B›[2J‹U+001B›]0;title‹U+0007›‹U+009B›8m‹U+202E› "
    assert visible_lines(text, colors=True) == "\x1b[1m\x1b[31ma\tb\x1b[0m\nc" + shown
    assert visible_lines(text[9:], colors=False) == "a\tb‹U+001B›[0m\nc" + shown
    assert "\x1b" not in visible_lines("\x1b[8mconcealed", colors=True)


def test_a_very_long_message_keeps_its_beginning_and_its_end():
    message = as_message(f"file:3: no key '{'k' * 1_000_000}': leave it out")
    assert message.startswith("file:3: no key 'kkk") and message.endswith("kkk': leave it out")
    assert "998,0" in message and len(message) < 2100
    assert as_message("a\x1bb\nc") == "a‹U+001B›b\nc"
