"""The corpus of names, numbers and addresses, and how what is left of them is counted."""

from collections import Counter

import pytest

from tagger.redaction.checked_patterns import luhn, modulo_97
from tagger.redaction.redactor import Redaction


@pytest.fixture
def redaction_leaks(script):
    return script("redaction_leaks")


def test_a_corpus_has_what_it_says_at_its_places_and_is_the_same_each_time(redaction_leaks):
    corpus = list(redaction_leaks.make_corpus())
    assert corpus == list(redaction_leaks.make_corpus()) != list(redaction_leaks.make_corpus(2))
    assert len(corpus) == 16 * 25 + 12 and len({filled.region for filled in corpus}) == 17
    kinds = Counter(kind for filled in corpus for _, _, kind in filled.places)
    assert set(kinds) == set(redaction_leaks.FIELDS.values()) and min(kinds.values()) >= 80
    in_full = 0
    for filled in corpus:
        assert "{" not in filled.text and "#" not in filled.text
        for start, end, kind in filled.places:
            text = filled.text[start:end]
            assert text == text.strip() != ""
            if kind == "card number":
                assert luhn("".join(filter(str.isdigit, text)))
            elif kind == "IBAN":
                assert modulo_97(text.replace(" ", ""))
            elif kind == "IPv6 address":
                in_full += len(text) == 39
    assert 20 <= in_full <= kinds["IPv6 address"] - 20


def test_a_leak_is_a_letter_or_digit_that_is_left(redaction_leaks):
    filled = redaction_leaks.FilledText(
        "East Asia", "Ada Lovelace, +1-2 in Rome", ((0, 12, "full name"), (14, 18, "IBAN"))
    )
    leaks = redaction_leaks.Leaks(Counter(), Counter(), Counter())
    leaks.add(filled, [(0, 4), (15, 18)])  # of the name the first word; of the number all but its sign
    leaks.add(filled, [(19, 26)])
    assert leaks.cell("full name") == leaks.cell("East Asia") == "100.0 (50.0)"
    assert leaks.cell("IBAN") == "50.0 (50.0)"
    assert (leaks.lost, leaks.words) == (2, 4)
    leaks.add_pseudonyms(
        [Redaction("PER", 0, 1, *texts, 0, 1) for texts in (("Mr. King", "Mr. Vale"), ("Ada King", "Vale KING"))]
    )
    assert (leaks.telling, leaks.pseudonyms) == (1, 2)


def test_a_corpus_that_is_not_there_is_an_error(redaction_leaks, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.argv", ["redaction_leaks.py", "--corpus", str(tmp_path / "none"), "--labels", "PER, LOC"])
    with pytest.raises(SystemExit, match="none"):
        redaction_leaks.main()
