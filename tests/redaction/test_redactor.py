"""What is redacted of a text, and what stands there instead."""

import pytest

import tagger as package
from tagger.errors import ConfigError
from tagger.redaction.known_names import is_person
from tagger.redaction.redactor import RedactOptions, Redactor

TEXT = (
    "Ada Lovelace met Mr. Stone in Warsaw.\nLOVELACE wrote to ada\nlovelace; A. Lovelace's letter, said lovelace, is "
    "for José García. Jose left, and García stayed. A stone fell on another stone.\n"
)


def redacted(tagger, text, **options):
    return Redactor(tagger, RedactOptions(**options))(text)


def test_a_name_that_was_found_once_is_redacted_everywhere_in_any_case_and_in_part(english):
    assert redacted(english, TEXT, labels=["PER", "LOC"]).text == (
        "[PER] met Mr. [PER] in [LOC].\n[PER] wrote to [PER]; [PER]'s letter, said [PER], is "
        "for [PER]. [PER] left, and [PER] stayed. A stone fell on another stone.\n"
    )


def test_a_pseudonym_is_the_same_for_a_name_its_parts_and_its_cases(english):
    found = redacted(english, TEXT, replace_with="pseudonym")
    by_text = {each.text: each.replacement for each in found.redactions}
    given, family = by_text["Ada Lovelace"].split()
    assert by_text["LOVELACE"] == family.upper() and by_text["lovelace"] == family.lower()
    assert by_text["A. Lovelace"].endswith(family)
    assert by_text["ada\nlovelace"] == f"{given.lower()}\n{family.lower()}"
    assert by_text["José García"].split() == [by_text["Jose"], by_text["García"]]
    assert len({by_text["Ada Lovelace"], by_text["Warsaw"], by_text["Stone"], by_text["José García"]}) == 4
    again = redacted(english, TEXT, replace_with="pseudonym")
    assert again == found


def test_a_run_of_several_texts_has_one_set_of_names(english):
    redactor = Redactor(english, RedactOptions(labels=["PER"], replace_with="pseudonym"))
    first, second = redactor("Ada Lovelace left."), redactor("i asked lovelace again")
    assert second.redactions[0].replacement == first.redactions[0].replacement.split()[-1].lower()


def test_offsets_lead_back_to_the_text(english):
    found = redacted(english, TEXT, replace_with="blank")
    at = 0
    for each in found.redactions:
        assert TEXT[each.start : each.end] == each.text
        assert found.text[each.redacted_start : each.redacted_end] == each.replacement == "█████"
        assert TEXT[at : each.start] == found.text[each.redacted_start - (each.start - at) : each.redacted_start]
        at = each.end
    back = found.text
    for each in reversed(found.redactions):
        back = back[: each.redacted_start] + each.text + back[each.redacted_end :]
    assert back == TEXT


def test_numbers_and_addresses_have_pseudonyms_that_nobody_has(english):
    text = "Card 4111 1111 1111 1111, GB82 WEST 1234 5698 7654 32, ada@lovelace.org, (212) 555-0187, 10.1.2.3, ::1."
    found = redacted(english, text, labels=["PER"], replace_with="pseudonym")
    assert found.text == (
        "Card 9999 0000 0000 0012, XX630000000000000001, person1@example.org, +1 555 555 0100, 192.0.2.1, 2001:db8::2."
    )
    assert redacted(english, text, labels=["PER"], keep=["IP", "CARD", "IBAN", "PHONE"]).text == text.replace(
        "ada@lovelace.org", "[MAIL]"
    )


def test_labels_that_there_are_not_are_refused(english):
    for options, why in [
        ({"labels": ["PERSON"]}, "there is no label 'PERSON'; the model has LOC, ORG, PER"),
        ({"labels": ["IP"]}, "'IP' is always redacted, unless --keep names it"),
        ({"keep": ["DATE"]}, "there is no label 'DATE'"),
        ({"replace_with": "stars"}, "there is no replacement 'stars'"),
        ({"threshold": 0}, "no probability above 0"),
    ]:
        with pytest.raises(ConfigError, match=why):
            redacted(english, TEXT, **options)


def test_what_is_kept_stays_and_a_name_is_followed_over_what_belongs_to_it(english):
    text = "Ada Lovelace left London on +44 20 7946 0018."
    assert redacted(english, text, keep=["PER", "LOC", "ORG"]).text == "Ada Lovelace left London on [PHONE]."
    assert redacted(english, "Dr. Mei-fong Lau spoke.", labels=["PER"]).text == "Dr. [PER] [PER] spoke."


def test_a_title_alone_names_nobody_and_per_cent_no_person(english):
    assert redacted(english, "Mrs. and Mr., both doctors, left.").text == "Mrs. and Mr., both doctors, left."
    assert [is_person(label) for label in ("PER", "Person", "PERCENT", "LOC")] == [True, True, False, False]


def test_a_lower_threshold_redacts_more(english):
    text = "ask okafor about it. then phone tanaka or maybe priya."
    sizes = [len(redacted(english, text, threshold=threshold).redactions) for threshold in (1, 0.3, 0.001)]
    assert sizes == sorted(sizes) and sizes[0] < sizes[-1]


def test_a_program_redacts_with_one_call(english):
    found = package.redact("Ada Lovelace left London.", ["LOC"], model=english)
    assert found.text == "Ada Lovelace left [LOC]."
    assert [(each.label, each.text) for each in found.redactions] == [("LOC", "London")]
