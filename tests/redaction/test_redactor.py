"""What is redacted of a text, and what stands there instead."""

import pytest

import tagger as package
from tagger.errors import ConfigError, DataError
from tagger.redaction.known_names import KnownNames, folded, is_person
from tagger.redaction.pseudonyms import Pseudonyms
from tagger.redaction.redactor import RedactOptions, Redactor, Rewriter
from tagger.text.sentence import Span

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


def test_titles_that_are_names_are_redacted(english):
    found = redacted(english, "Ms. King called. Don said no. Don't ask King.", labels=["PER"])
    assert found.text == "Ms. [PER] called. [PER] said no. Don't ask [PER]."


def test_a_name_is_found_in_plural_in_names_of_users_and_with_signs_that_nobody_sees(english):
    text = "Ada Lovelace left. The Lovelaces, AdaLovelace2024, @ada_lovelace1, Love\u00adlace, Lovelace\u200bs."
    assert redacted(english, text, labels=["PER"], threshold=1).text == (
        "[PER] left. The [PER], [PER]2024, @[PER]1, [PER], [PER]."
    )
    assert [folded(word) for word in ("Łódź", "Sørensen", "Đặng", "ışık")] == ["lodz", "sorensen", "dang", "isik"]


def test_names_that_are_found_by_probability_are_known_with_a_capital(english):
    (sentence,) = english("Then Stone left.", scores=False)
    names = KnownNames()
    names.learn(sentence, [], [Span("PER", "Stone", 5, 10, 1, 1)])
    text = "Stone, STONE, stone"
    assert [text[start:end] for start, end, _ in names.find(text)] == ["Stone", "STONE"]
    names.learn(sentence, [Span("PER", "Stone", 5, 10, 1, 1)])
    assert [text[start:end] for start, end, _ in names.find(text)] == ["Stone", "STONE", "stone"]


@pytest.fixture
def pseudonym():
    """Returns pseudonyms of persons in a text that has no words."""
    return Pseudonyms(lambda word: False).of


def test_no_part_of_a_name_stays_in_its_pseudonym(pseudonym):
    king = pseudonym("Stephen King", "PER")
    assert "King" not in king and pseudonym("Ms. King", "PER") == f"Ms. {king.split()[1]}"
    assert pseudonym("Tom Brandt", "PER").split()[0][0] == pseudonym("T. Brandt", "PER")[0] != "T"
    before = pseudonym("G. M. Hopper", "PER")
    assert pseudonym("Grace Murray Hopper", "PER").split()[0][0] == before[0] != "G"
    assert pseudonym("Vincent van Gogh", "PER").split()[1] == "van" != pseudonym("Van Gogh", "PER").split()[0]
    assert pseudonym("ask van", "PER").split()[1] != "van"


def test_one_thing_has_one_pseudonym_however_it_is_written_and_others_have_others(pseudonym):
    for label, same, others in (
        ("MAIL", ["a.b@c.org", "A.B@C.org", "a.b [at] c [dot] org"], ["a-b@c.org", "a_b@c.org"]),
        ("IP", ["2001:db8::1", "2001:0db8:0::1"], ["2001:db8:1::", "10.0.0.1"]),
        ("CARD", ["4111 1111 1111 1111", "4111111111111111"], ["4111 1111 1111 1129"]),
        ("PER", ["A.", "A"], ["B.", "李"]),
        ("PER", ["李", "李"], ["王"]),
    ):
        assert len({pseudonym(each, label).lower() for each in same}) == 1
        assert len({pseudonym(each, label) for each in [same[0], *others]}) == 1 + len(others)


def test_ip_addresses_have_pseudonyms_until_none_is_left(monkeypatch):
    pseudonyms = Pseudonyms(lambda word: False)
    pseudonyms._counts["IP"] = 254 + 131_071
    assert pseudonyms.of("10.0.0.1", "IP") == "198.19.255.255"
    with pytest.raises(DataError, match="no pseudonyms are left"):
        pseudonyms.of("10.0.0.2", "IP")


def test_what_is_found_depends_on_no_end_of_a_block(english):
    text = ("Please call 123456, from 1999-2004 12 34 on. " * 30) + "x" * 400
    redactor = Redactor(english, RedactOptions(threshold=1))

    def rewritten(size: int) -> str:
        rewriter, pieces = Rewriter(redactor), []
        for at in range(0, len(text), size):
            rewriter.put(text[at : at + size])
            pieces.append(rewriter.take(rewriter.end - 400)[0])
        return "".join([*pieces, rewriter.take(rewriter.end)[0]])

    expected = text.replace("123456", "[PHONE]")
    assert {rewritten(size) for size in range(401, 481)} == {expected}
