"""Numbers of the standards and of their examples, and what must not be taken for one."""

import time

import pytest

from tagger.redaction.checked_patterns import LONGEST, PATTERNS, luhn, modulo_97


def found(text: str, *kinds: str) -> list[tuple[str, str]]:
    matches = [match for kind in kinds or PATTERNS for match in PATTERNS[kind](text, 0)]
    return [(label, text[start:end]) for start, end, label in sorted(matches)]


def test_an_ipv4_address_inside_of_an_ipv6_address():
    assert found("to ::ffff:192.0.2.128:", "IP")[0] == ("IP", "::ffff:192.0.2.128")


@pytest.mark.parametrize("digits", ["17893729974", "79927398713", "4111111111111111", "378282246310005"])
def test_luhn_numbers_of_the_standard_and_of_card_makers(digits):
    assert luhn(digits)
    assert not any(luhn(digits[:-1] + last) for last in "0123456789" if last != digits[-1])


@pytest.mark.parametrize(
    "iban",
    [
        "GB82 WEST 1234 5698 7654 32",  # examples of the registry of SWIFT and of ISO 13616
        "DE89370400440532013000",
        "NO93 8601 1117 947",
        "MT84 MALT 0110 0001 2345 MTLC AST0 01S",
        "LC55 HEMM 0001 0001 0012 0012 0002 3015",
        "be68 5390 0754 7034",
        "FR14 2004 1010 0505 0001 3M02 606",
    ],
)
def test_ibans_are_found_whole_and_with_a_wrong_digit_not_at_all(iban):
    assert modulo_97(iban.replace(" ", ""))
    assert found(f"To {iban}, please, or {iban} now.", "IBAN") == [("IBAN", iban)] * 2
    wrong = iban[:3] + str((int(iban[3]) + 1) % 10) + iban[4:]
    assert found(f"To {wrong}, please.", "IBAN") == []


@pytest.mark.parametrize(
    "card",
    [
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111.1111.1111.1111",
        "4111111111111111",
        "3782 822463 10005",
        "6011000990139424",
    ],
)
def test_cards_are_found_between_other_numbers(card):
    assert found(f"No. 12: {card} 12/27", "CARD") == [("CARD", card)]
    assert found(f"No. 12: {card[:-1]}{(int(card[-1]) + 1) % 10} 12/27", "CARD") == []


@pytest.mark.parametrize(
    "address",
    ["ada@example.org", "a.b+c_d@mail.example.co.uk", "o'neill@example.com", "jürgen@müller.de", "a [at] b [dot] org"],
)
def test_mail_addresses(address):
    assert found(f"To <{address}>, {address}.") == [("MAIL", address)] * 2


@pytest.mark.parametrize(
    "address",
    [
        "192.168.0.1",
        "10.0.0.255",
        "2001:db8::1",
        "::1",
        "fe80::1%eth0",
        "2001:0db8:0:0:0:ff00:0042:8329",
        "2001:0db8:0000:0000:0000:ff00:0042:8329",
        "2a02:8109:9d40:1a2c:7c3e:1f2b:9a4d:3e21",
        "fe80:0000:0000:0000:0202:b3ff:fe1e:8329%eth0",
    ],
)
def test_ip_addresses(address):
    assert found(f"from {address}: ok, [{address}]:443", "IP") == [("IP", address)] * 2


def test_a_full_address_that_ends_as_ipv4_has_45_characters():
    address = "0000:0000:0000:0000:0000:ffff:192.168.100.228"
    assert len(address) == 45 and ("IP", address) in found(f"from {address} on", "IP")


@pytest.mark.parametrize("around", ["bad:{}", "{}:443", "bad:{}:443"])
def test_nothing_is_left_of_an_address_between_other_groups(around):
    address = "2001:0db8:85a3:1111:2222:8a2e:0370:7334"
    text = around.format(address)
    hidden = {at for start, end, _ in PATTERNS["IP"](text, 0) for at in range(start, end)}
    assert hidden >= set(range(text.index(address), text.index(address) + len(address)))


@pytest.mark.parametrize("text", ["ip10.1.2.3", "v10.1.2.3", "host.10.1.2.3", "to_10.1.2.3_x", "10.1.2.3x"])
def test_an_ipv4_address_at_a_letter(text):
    assert found(text, "IP") == [("IP", "10.1.2.3")]


@pytest.mark.parametrize("text", ["v1.2.3.4.5", "0.1.2.3.4", "1.2.3.4567", "a1234.1.2.3"])
def test_part_of_a_longer_number_is_no_address(text):
    assert found(text, "IP") == []


@pytest.mark.parametrize(
    "number",
    [
        "+44 (0)20 7946 0018",
        "+1 212-555-0123",
        "(212) 555-0123",
        "212.555.0123",
        "0049 30 901820",
        "020 7946 0018",
        "(030) 901820",
        "+919876543210",
        "555-0123",
        "06 12 34 56 78",
        "1-800-555-0199",
        "+49 30/901820",
    ],
)
def test_telephone_numbers(number):
    matches = found(f"Reach us: {number}, daily", "PHONE")
    assert ("PHONE", number.strip("()")) in {(label, text.strip("()")) for label, text in matches}
    assert all(text in number for _, text in matches)


@pytest.mark.parametrize(
    "text",
    [
        "on 2026-11-28 at 10:30",
        "28.11.2026",
        "11/28/2026",
        "1999-2004",
        "in 2026",
        "12,000.50 EUR",
        "version 1.2.3",
        "at 12:30:45",
        "std::string",
        "1.2.3.4.5",
        "999.1.2.3",
        "a@b",
        "page 12-14",
        "3.14159",
        "chapter 4 5 6",
    ],
)
def test_what_is_none_of_them(text):
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        ("card 4111 1111\n1111 1111 is", "CARD", "4111 1111\n1111 1111"),
        ("card 4111  1111  1111  1111 is", "CARD", "4111  1111  1111  1111"),
        ("card 4111_1111_1111_1111 is", "CARD", "4111_1111_1111_1111"),
        ("to GB82  WEST  1234  5698  7654  32 now", "IBAN", "GB82  WEST  1234  5698  7654  32"),
        ("to GB82 WEST 1234\r\n  5698 7654 32 now", "IBAN", "GB82 WEST 1234\r\n  5698 7654 32"),
        ("on +44 20\n7946 0018 now", "PHONE", "+44 20\n7946 0018"),
        ("1. +44 20 7946 0018\n2. +44 20 7946 0019", "PHONE", "+44 20 7946 0018"),
        ("0130 00\n12 items, or 030 901820\n12", "PHONE", "030 901820"),
        ("Tel.: 030 / 901820", "PHONE", "030 / 901820"),
        ("Tel: 2123-1456", "PHONE", "2123-1456"),
        ("ip:2001:db8::1,", "IP", "2001:db8::1"),
        ("client:fe80::1,", "IP", "fe80::1"),
        ("node:fe80::1 port", "IP", "fe80::1"),
        ("mail 'ada@example.org' now", "MAIL", "ada@example.org"),
        ("see ...ada@example.org.", "MAIL", "ada@example.org"),
        (f"https://e.org/?{'a=b&' * 30}mail=ada@example.org", "MAIL", None),
    ],
)
def test_numbers_and_addresses_that_are_written_in_another_way(text, kind, number):
    (label, written), *_ = found(text, kind)
    assert label == kind and (written == number if number else written.endswith("&mail=ada@example.org"))


def test_groups_with_a_date_among_them_are_no_card():
    assert luhn("1205202601022026")
    assert found("order 01 12/05/2026 01.02.2026 x", "CARD") == []
    dated = "2026-11-28 4111 1111 1111 1111 12 05 2026"
    assert found(dated, "CARD") == [("CARD", "4111 1111 1111 1111")]


def test_columns_of_figures_are_no_cards_and_a_name_in_code_is_no_address():
    assert luhn("2001" + "12" + "17" + "1200" + "08")
    assert found("2001\t12\t17\t1200\t08", "CARD") == []
    assert found("foo::bad::face, call me on 2026-12-01") == []


def test_no_text_takes_long_and_no_match_is_longer_than_it_says():
    pieces = ("1 ", "1", "a@", "a.", ":", "DE89 ", "+1(", "0", "a:", "1.1.", "call me ", "a.b@c", "1 \n", "A1\n", "::")
    for piece in pieces:
        text = piece * (6_000 // len(piece))
        before = time.process_time()
        matches = [match for find in PATTERNS.values() for match in find(text, 0)]
        assert time.process_time() - before < 2, piece
        assert all(end - start < LONGEST for start, end, _ in matches)
