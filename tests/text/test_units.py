"""Units: every character in exactly one, and the junctions that annotated text teaches."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.text.units import ADDRESSES, AFTER, UnitRules, class_of, learn_units

ODD = [
    *("\u200d", "\u200f", "\u202e", "\u0301", "\u0327", "👩\u200d👩\u200d👧", "👏🏽", "\ud800", "\udfff", "\U0010ffff"),
    *("\x00", "\x1c", "\u2028", "\xa0", "\u3000", "\ufeff", "𝔸", "é", "ש", "ا", "東", "は", "ท", "한", "١", "½", "Ⅷ"),
]
"""Joiners, marks from right to left, accents, halves of surrogates, characters beyond the first plane, and scripts."""
TEXT = st.lists(
    st.one_of(
        st.characters(),  # surrogates too
        st.sampled_from(ODD),
        st.sampled_from(
            [" ", "\n", "\r\n", "don't", "gonna", "x@y.org", "https://a.b/c?d=1.", "10,000.5", "#tag", "@me"]
        ),
        st.text("ab1.,'_- ", max_size=6),
    ),
    max_size=30,
).map("".join)


def tokens_to_text(marked: str) -> tuple[str, list[int]]:
    """A text in which `|` stands where tokens meet, without these, and the offsets at which its tokens end."""
    text, ends = "", []
    for piece in re.split(r"(\s+|\|)", marked):
        if piece == "|" or piece.isspace():
            text += piece.replace("|", "")
        elif piece:
            text += piece
            ends.append(len(text))
    return text, ends


def learn(*marked: str, times: int = 10) -> UnitRules:
    """The rules of texts, each of which occurs some times."""
    return learn_units([tokens_to_text(each) for each in marked] * times)


def cut(rules: UnitRules, text: str) -> list[str]:
    starts, ends, _ = rules.units(text)
    return [text[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]


def after(rules: UnitRules, text: str) -> list[str]:
    return [AFTER[number] for number in rules.units(text).after.tolist()]


PLAIN = [
    "The old|-|fashioned dog|'s bone costs $|10,000.5|, is it|?",
    "I do know|. Write to jane.doe@example.com|: see https://ex.am/ple?q=1|!",
    "We|'re on our way|, #now @you|.",
    "The 3 dogs saw|: (|nothing|) at all|.",
]
RARE = ["I|'m gon|na go", "is|n't it"]
"""Tokens that end between letters, as they do once or twice in ten thousand."""
ENGLISH = learn_units([tokens_to_text(each) for each in PLAIN * 250 + RARE * 2])
NO_SPACES = learn("我|喜歡|你|。他|去|學校|了|。", "東京|は|日本|の|首都|です|。", times=30)
ALL_RULES = {
    "english": ENGLISH,
    "no spaces": NO_SPACES,
    "nothing known": learn_units([]),
    "nothing joined": UnitRules(frozenset(), addresses=frozenset()),
    "pieces": UnitRules(frozenset({("LATIN", "LATIN")}), pieces={"gonna": (3,), "abab": (1, 2, 3), "don": (2,)}),
}


@pytest.mark.parametrize("rules", ALL_RULES.values(), ids=ALL_RULES)
@given(text=TEXT)
def test_every_character_is_in_exactly_one_unit(rules, text):
    starts, ends, after = rules.units(text)

    assert len(starts) == len(ends) == len(after)
    covered = [place for start, end in zip(starts.tolist(), ends.tolist(), strict=True) for place in range(start, end)]
    assert covered == sorted(set(covered))
    assert (starts < ends).all()
    assert [place for place, character in enumerate(text) if not character.isspace()] == covered


def test_characters_of_all_unicode_are_in_one_unit():
    characters = [chr(code) for code in range(0, 0x110000, 7)]
    random.Random(1).shuffle(characters)
    text = "".join(characters)

    starts, ends, _ = ENGLISH.units(text)

    assert (starts[1:] >= ends[:-1]).all()
    assert (ends - starts).sum() == sum(not character.isspace() for character in characters)


@given(st.lists(TEXT, min_size=1, max_size=5))
def test_a_text_has_the_units_of_its_paragraphs(texts):
    whole = [unit for text in texts for unit in cut(ENGLISH, text)]

    assert cut(ENGLISH, "\n\n".join(texts)) == whole


def test_letters_of_a_language_with_spaces_stay_together():
    assert cut(ENGLISH, "An unseen word, Zürich's too.") == ["An", "unseen", "word", ",", "Zürich", "'s", "too", "."]


def test_each_letter_is_a_unit_where_tokens_end_between_letters():
    assert cut(NO_SPACES, "日本人去東京。") == ["日", "本", "人", "去", "東", "京", "。"]
    assert cut(NO_SPACES, "Tokyo 2020年") == ["Tokyo", "2020", "年"]


@pytest.mark.parametrize("word", ["Привет", "καλημέρα", "שלום", "مرحبا", "한국어", "नमस्ते", "ሰላም", "カタカナ"])
def test_unseen_scripts_that_join_letters_stay_together(word):
    assert cut(ENGLISH, f"{word} {word}.") == [word, word, "."]


@pytest.mark.parametrize("word", ["東京", "ภาษา", "ພາສາ"])
def test_unseen_scripts_without_spaces_are_cut(word):
    assert cut(ENGLISH, word) == list(word)


def test_accents_and_joiners_belong_to_the_character_before():
    assert cut(ENGLISH, "e\u0301te\u0301 a\u200db") == ["e\u0301te\u0301", "a\u200db"]
    assert cut(ENGLISH, " \u0301 \u200f") == ["\u0301", "\u200f"]


def test_digits_and_underscores_join_letters_where_train_is_silent():
    assert cut(ENGLISH, "the snake_case_2 B2B 4th") == ["the", "snake_case_2", "B2B", "4th"]


def test_units_in_which_tokens_end_are_cut():
    assert ENGLISH.pieces["gonna"] == (3,)
    assert cut(ENGLISH, "GONNA gonna") == ["GON", "NA", "gon", "na"]
    assert cut(ENGLISH, "isn't") == ["is", "n", "'t"]
    assert ENGLISH.pieces["isn"] == (2,)


def test_what_is_cut_once_is_no_piece():
    text, ends = tokens_to_text("go|ne")
    rules = learn_units([(text, ends), *[tokens_to_text("gone by now")] * 1000])

    assert cut(rules, text) == ["gone"]


@pytest.mark.parametrize(
    "address",
    [
        "https://ex.am/ple?q=1",
        "www.example.com",
        "ftp://a.b",
        "jane.doe@example.com",
        "a+b%c@x-y.org",
        "#now",
        "@you",
        "10,000.5",
        "12:30",
        "3.14",
        "1.2.3.4",
    ],
)
def test_addresses_are_kept_whole(address):
    assert cut(ENGLISH, address) == [address]
    assert cut(ENGLISH, f"at {address}, or ({address}).") == ["at", address, ",", "or", "(", address, ")", "."]


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("a@", ["a", "@"]),
        ("#", ["#"]),
        ("C# x", ["C", "#", "x"]),
        ("10,000.", ["10,000", "."]),
        ("see http://x.y/z.", ["see", "http://x.y/z", "."]),
        ("<http://x.y>", ["<", "http://x.y", ">"]),
        ("(mail a@b.org)", ["(", "mail", "a@b.org", ")"]),
        ("@you's", ["@you", "'s"]),
        ("2,5€", ["2,5", "€"]),
        ("$4.1bn", ["$", "4.1", "bn"]),
        ("7:30pm.", ["7:30", "pm", "."]),
    ],
)
def test_what_surrounds_addresses(text, units):
    assert cut(ENGLISH, text) == units


def test_addresses_are_cut_as_train_cuts_them():
    rules = learn("1|:|2 x|@|y|.|org #|tag https|:|/|/|a|.|b", "@you and 2,000 www.a.b")

    assert rules.addresses == {"mention", "amount"}
    assert cut(rules, "#tag") == ["#", "tag"]
    assert cut(rules, "@you") == ["@you"]
    assert "https://a.b" not in cut(rules, "https://a.b")


def test_few_addresses_are_no_evidence():
    assert learn("a|@|b|.|org", times=1).addresses == ADDRESSES.keys()


def test_what_stands_after_a_unit():
    text = "a, b  c\nd \n e\u2029f\r\ng\xa0h\u3000\u3000i\tj"

    assert cut(ENGLISH, text) == ["a", ",", "b", "c", "d", "e", "f", "g", "h", "i", "j"]
    assert after(ENGLISH, text) == [
        "none",
        "space",
        "wide",
        "line",
        "line",
        "line",
        "line",
        "space",
        "wide",
        "space",
        "end",
    ]
    assert after(ENGLISH, "a  ") == ["end"]


@pytest.mark.parametrize("text", ["", " ", "\n\u2029\n"])
def test_white_space_has_no_units(text):
    assert cut(ENGLISH, text) == []
    assert after(ENGLISH, text) == []


def test_learning_from_nothing():
    assert cut(learn_units([]), "A word, 2.5") == ["A", "word", ",", "2.5"]
    assert learn_units([("", [])]) == learn_units([])


def test_scripts_are_those_of_the_letters():
    assert learn("A word и слово 2 東|京|.").scripts == {"LATIN", "CYRILLIC", "CJK"}


@pytest.mark.parametrize(
    ("character", "name"),
    [
        ("a", "LATIN"),
        ("é", "LATIN"),
        ("я", "CYRILLIC"),
        ("東", "CJK"),
        ("5", "digit"),
        ("٣", "digit"),
        ("½", "number"),
        ("\u0301", "joining"),
        ("\u200d", "joining"),
        ("\xa0", "space"),
        ("\n", "space"),
        ("-", "-"),
        ("€", "€"),
        ("\ud800", "other"),
        ("\x00", "other"),
    ],
)
def test_classes(character, name):
    assert class_of(character) == name


def test_the_order_of_texts_makes_no_difference():
    texts = [tokens_to_text(each) for each in ("gon|na go", "it|'s 2,000|.", "東|京 x|@|y|.|z")] * 10

    assert learn_units(texts) == learn_units(texts[::-1])


@pytest.mark.parametrize("emoji", ["👩\u200d👩\u200d👧\u200d👦", "🏳\ufe0f\u200d🌈", "👍🏽", "🇩🇪", "⛹🏽\u200d♀\ufe0f"])
def test_an_emoji_of_several_characters_is_one_unit(emoji):
    rules = learn(*PLAIN)
    assert cut(rules, f"so {emoji}!") == ["so", emoji, "!"]
    assert cut(rules, f"{emoji}{emoji}ok") == [emoji, emoji, "ok"]
    assert cut(rules, emoji[1:])[0] == cut(rules, f" {emoji[1:]}")[0]  # a part of one, however it was cut, is read


def test_flags_are_pairs():
    assert cut(learn(*PLAIN), "🇩🇪🇫🇷🇮") == ["🇩🇪", "🇫🇷", "🇮"]
