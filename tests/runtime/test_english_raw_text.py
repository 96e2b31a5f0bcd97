"""Raw text as a reader would wish it split, by the English model that comes with the install."""

import pytest

import tagger


@pytest.fixture(scope="module")
def english() -> tagger.Tagger:
    return tagger.load()


def split(model, text):
    return [" ".join(sentence.words) for sentence in model(text, scores=False)]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (":)", [":)"]),
        ("Thanks :) See you!", ["Thanks :)", "See you !"]),
        ("Write to jane.doe@example.com today.", ["Write to jane.doe@example.com today ."]),
        ("See https://ex.am/ple?q=1.", ["See https://ex.am/ple?q=1 ."]),
        ("The al-Qaeda network", ["The al - Qaeda network"]),  # three tokens in EWT's guidelines
        ("I don’t know.", ["I do n’t know ."]),
        ("Dr. A. Tol is here. He left.", ["Dr. A. Tol is here .", "He left ."]),
        ("We met Dr. A. Tol in Paris.", ["We met Dr. A. Tol in Paris ."]),
        ("The U.S. team met J. K. Rowling.", ["The U.S. team met J. K. Rowling ."]),
        ("Yesterday Prof. B. Lee spoke. We left.", ["Yesterday Prof. B. Lee spoke .", "We left ."]),
        ("Mary T. Moore lives in St. Louis. She likes it.", ["Mary T. Moore lives in St. Louis .", "She likes it ."]),
        ("See Fig. 3 and p. 12 for details.", ["See Fig. 3 and p. 12 for details ."]),
        ("It costs $10,000.50!!!", ["It costs $ 10,000.50 !!!"]),
        ("東京は日本の首都です。大きいです。", ["東京 は 日本 の 首都 です 。", "大 きいです 。"]),
        ("她是一名软件工程师。他是老师。", ["她 是 一 名 软 件 工 程 师 。", "他是老师 。"]),
        ("สวัสดีครับ ครับ", ["สวัสดีครับ ครับ"]),
        (
            "Dear all,\nplease find attached the report that I have\nwritten about the meeting in Paris. Let me know\n"
            "what you think.\n\nBest,\nAnna",
            [
                "Dear all , please find attached the report that I have written about the meeting in Paris .",
                "Let me know what you think .",
                "Best ,",
                "Anna",
            ],
        ),
        (
            "this is a page without any punctuation at all\nit goes on and on\n\nanother paragraph here",
            ["this is a page without any punctuation at all it goes on and on", "another paragraph here"],
        ),
    ],
)
def test_text_is_split_as_a_reader_would_wish(english, text, sentences):
    assert split(english, text) == sentences


def test_what_lies_between_offsets_gives_the_text_back(english):
    text = "  Don't panic \u200b(she said)…\r\n\r\n“Ça va?” 👍🏽 e\u0301t\u00e9\t\ud800 x  y\u2029end "
    found, at = "", 0
    for sentence in english(text, scores=False):
        for start, end in sentence.token_offsets:
            assert not text[at:start].strip()
            found += text[at:end]
            at = end
    assert found + text[at:] == text


def test_a_hundred_thousand_characters_without_a_space_are_one_token(english):
    (sentence,) = english("x" * 100_000, scores=False)
    assert sentence.words == ("x" * 100_000,)
    mixed = "ab-" * 33_333
    assert "".join(word for sentence in english(mixed, scores=False) for word in sentence.words) == mixed
