import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.text.casing import lower_case, lower_case_codes


@pytest.mark.parametrize(
    ("word", "low"), [("Straße", "straße"), ("ÉCOLE", "école"), ("İI", "ii"), ("ΟΔΟΣ", "οδοσ"), ("οδος", "οδοσ")]
)
def test_each_character_is_lower_cased_on_its_own(word, low):
    assert lower_case(word) == low


@given(st.text())
def test_lower_case_keeps_the_length_and_lower_case_words(word):
    assert len(lower_case(word)) == len(word)
    assert lower_case(lower_case(word)) == lower_case(word)


@given(st.text())
def test_the_table_of_codes_gives_the_same_words(word):
    assert word.translate(dict(lower_case_codes())) == lower_case(word)
