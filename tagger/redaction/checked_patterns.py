"""Numbers and addresses in text, found by patterns and checked: cards, IBANs, mail, telephones, IP addresses.

Checks are those of the standards: Luhn's of card numbers (ISO/IEC 7812-1), modulo 97 of IBANs (ISO 13616), the
notations of IP addresses (RFC 4291). Telephone numbers have no check, so their patterns are wide. Every repetition is
bounded, so that no text takes long.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import NamedTuple

LONGEST = 400
"""Characters of the longest match, at most."""


class Match(NamedTuple):
    """Something that was found: its places in the text, the end exclusive, and its kind."""

    start: int
    end: int
    label: str


_LINE_END = r"[ \t\u00a0]{0,2}\r?\n[ \t\u00a0]{0,4}"
_GAP = rf"(?:[ \t\u00a0\u2009\u202f._/\-\u2010\u2011\u2013]{{1,3}}|{_LINE_END})"
"""What people put between groups of digits: a few blanks and signs, or one end of a line."""
_WIDE_GAP = re.compile(r"[^\w.]{2}|[\t\n]")
_CARD = re.compile(rf"(?<!\d)\d(?:{_GAP}?\d){{12,}}+")
_IBAN = re.compile(rf"(?<![^\W_])[A-Za-z]{{2}}{_GAP}?\d{_GAP}?\d(?:{_GAP}?[A-Za-z0-9]){{11,40}}", re.ASCII)
_LOCAL_PART = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}\Z")
_HOST = re.compile(
    r"(?:@| ?[\[({] ?(?:at|@|AT) ?[\])}] ?)([\w-]{1,63}(?:(?:\.| ?[\[({] ?(?:dot|DOT|\.) ?[\])}] ?)[\w-]{1,63}){1,8})"
)
_LONGEST_HOST = 253
_IP4 = re.compile(r"(?<!\d)(?<!\d\.)\d{1,3}(?:\.\d{1,3}){3}(?!\d|\.\d)")
_IP6 = re.compile(
    r"(?<![\w.])(?:[0-9A-Fa-f:]{1,60}:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f:]{0,60}(?:[0-9A-Fa-f]|::))(?:%\w{1,15})?(?!\w)",
    re.ASCII,
)
"""Longer than the 39 or, with an IPv4 address at its end, 45 characters of an address: with more groups around it."""
_GROUPS = re.compile(r"(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}(?![0-9A-Fa-f])")
_TELEPHONE_GAP = rf"(?:[ \t\u00a0\u202f./\-\u2010\u2011\u2013]{{0,3}}|{_LINE_END})"
_WHOLE_NUMBER = 9
"""Digits of a telephone number that may be whole: with as many before the end of a line, the next line is none of it,
and with fewer in both lines it is none that goes over the end of a line."""
_EXTENSION = r"(?: ?(?:ext\.?|x|extension|-) ?\d{1,5})?"
_TELEPHONES = tuple(
    re.compile(rf"(?<![\w.+]){body}{_EXTENSION}(?![\w])")
    for body in (
        # International: +44 (0)20 7946 0018, 0049 30 901820
        rf"(?:\+|00) ?\d(?:{_TELEPHONE_GAP}\(?\d\)?){{6,14}}",
        # National, with a leading zero: 020 7946 0018, (030) 901820
        rf"\(?0\d{{1,4}}\)?(?:{_TELEPHONE_GAP}\d){{5,10}}",
        # North American: (212) 555-0123, 1-212-555-0123
        rf"(?:1{_TELEPHONE_GAP})?(?:\(\d{{3}}\)(?:{_LINE_END}| ?)|\d{{3}}(?:[ .\-\u2011\u2013]|{_LINE_END}))"
        rf"\d{{3}}(?:[ .\-\u2011\u2013]|{_LINE_END})\d{{4}}",
        # Groups, at least three of them: 55 12 34 56, 98765 43210 12
        r"\d{2,5}(?:[ .\-\u2011\u2013]\d{2,4}){2,6}",
        # 555-0123
        r"\d{3}[\-\u2011\u2013]\d{4}",
    )
)
_AFTER_WORD = re.compile(
    r"(?i:\b(?:tel|tél|telephone|phone|mobile|cell|fax|call|ring|dial|whatsapp|signal|sms|text)\b)[ .:]{0,3}"
    rf"(?:(?:me|us|him|her|them|on|at|no|number|is|it) ?[.:]? ?){{0,3}}(\+?\(?\d(?:{_TELEPHONE_GAP}\(?\d\)?){{5,14}})"
)
_MONTH, _DAY = "(?:0?[1-9]|1[0-2])", "(?:0?[1-9]|[12]\\d|3[01])"
_DAY_OF_YEAR = (
    rf"[12]\d{{3}}(?P<a>[ .\-/\u2011\u2013]){_MONTH}(?P=a){_DAY}(?!\d)"
    rf"|{_DAY}(?P<b>[ .\-/\u2011\u2013]){_DAY}(?P=b)[12]\d{{3}}(?!\d)"
)
_DATE = re.compile(rf"{_DAY_OF_YEAR}|[12]\d{{3}}[\-\u2011\u2013][12]\d{{3}}(?!\d)")
"""Dates and spans of years, which patterns of telephone numbers would take."""
_WHOLE_DATE = re.compile(_DAY_OF_YEAR)
_INNER_DATE = re.compile(rf"(?<!\d)(?:{_DAY_OF_YEAR})")
"""A date between groups of digits, which no card has: those have four digits or more, but for the last."""


def _cards(text: str, start: int) -> Iterator[Match]:
    """Yield card numbers: 13 to 19 digits, in groups or not, whose last digit is Luhn's.

    Groups far from each other, or in two lines, must have the sizes that groups of cards have: columns of figures are
    no cards. Groups with a whole date among them are none either.
    """
    for found in _CARD.finditer(text, start):
        yield from _parts(text, found.start(), found.end(), "CARD", 13, 19, str.isdigit, _is_card)


def _is_card(written: str, digits: str) -> bool:
    if not luhn(digits) or _INNER_DATE.search(written):
        return False
    sizes = [len(group) for group in re.findall(r"\d+", written)]
    return not _WIDE_GAP.search(written) or all(size in (4, 6, 8) for size in sizes[:-1])


def _ibans(text: str, start: int) -> Iterator[Match]:
    """Yield IBANs: a country, two digits and 11 to 30 letters and digits whose remainder modulo 97 is 1."""
    at = start
    while found := _IBAN.search(text, at):
        at = found.start() + 1
        parts = _parts(text, found.start(), found.end(), "IBAN", 15, 34, str.isalnum, lambda _, iban: modulo_97(iban))
        part = next(parts, None)
        if part and part.start == found.start():
            yield part


def _mail(text: str, start: int) -> Iterator[Match]:
    """Yield mail addresses: before the sign the longest that may be of one, from the beginning of a word on."""
    for found in _HOST.finditer(text, start):
        first = found.start()
        local = _LOCAL_PART.search(text, max(0, first - 64), first)
        written = local[0] if local else ""
        if local and local.start() and re.match(r"\w\w", text[local.start() - 1 : local.start() + 1]):
            # Longer than an address may be, such as the query of a link: from the next word on, if there is one.
            written = re.sub(r"\A\w+(?=\W+\w)", "", written)
        written = re.sub(r"\A\W+", "", written)
        if written:
            yield Match(first - len(written), min(found.end(), found.start(1) + _LONGEST_HOST), "MAIL")


def _ip_addresses(text: str, start: int) -> Iterator[Match]:
    """Yield IPv4 and IPv6 addresses that their notations allow, also after a word and a colon, as in `ip:::1`.

    Of more than eight groups with colons, such as an address with a port behind it, any eight may be one.
    """
    at = start
    while found := _IP6.search(text, at):
        at, written = found.end(), found[0]
        if written.count(":") > 1 and written.strip(":"):
            follows = text[max(0, found.start() - 1) : found.start()] == ":"
            if _is_address(written, IPv6Address) and (not follows or re.search(r"\d", written)):
                yield Match(found.start(), found.end(), "IP")
            elif ":" in written[1:]:
                at = found.start() + written.index(":", 1)
                if groups := _GROUPS.match(written):
                    yield Match(found.start(), found.start() + groups.end(), "IP")
    for found in _IP4.finditer(text, start):
        if _is_address(found[0], IPv4Address):
            yield Match(found.start(), found.end(), "IP")


def _telephones(text: str, start: int) -> Iterator[Match]:
    """Yield what may be a telephone number: 7 to 15 digits (ITU-T E.164), as people group them, and no date."""
    for pattern in _TELEPHONES:
        at = start
        while found := pattern.search(text, at):
            at = found.start() + 1  # the pattern begins at groups alone; matches may overlap
            if date := _DATE.match(found[0]):
                at = found.start() + date.end()
            else:
                yield from _telephone(text, found.start(), found.end())
    for found in _AFTER_WORD.finditer(text, start):
        if not _WHOLE_DATE.match(found[1]):
            yield from _telephone(text, found.start(1), found.end(1), least=6)


def _telephone(text: str, start: int, end: int, least: int = 7) -> Iterator[Match]:
    """Yield a telephone number if it has as many digits, without the next line if it is whole without it."""
    line, line_end, _ = text[start:end].partition("\n")
    digits = sum(map(str.isdigit, text[start:end]))
    if line_end and (digits < _WHOLE_NUMBER or sum(map(str.isdigit, line)) >= _WHOLE_NUMBER):
        end = start + len(line.rstrip())
    if least <= sum(map(str.isdigit, text[start:end])) <= 20:
        yield Match(start, end, "PHONE")


PATTERNS: dict[str, Callable[[str, int], Iterator[Match]]] = {
    "CARD": _cards,
    "IBAN": _ibans,
    "MAIL": _mail,
    "PHONE": _telephones,
    "IP": _ip_addresses,
}
"""The function that finds each kind in a text, from a place on."""


def luhn(digits: str) -> bool:
    """Whether the last of some decimal digits is the check digit of the others, by Luhn's formula."""
    doubled = [2 * int(digit) for digit in digits[-2::-2]]
    return (sum(map(int, digits[-1::-2])) + sum(each - 9 * (each > 9) for each in doubled)) % 10 == 0


def modulo_97(iban: str) -> bool:
    """Whether the check digits of an IBAN, without blanks, are right (ISO 7064, modulo 97-10)."""
    return iban.isascii() and int("".join(str(int(each, 36)) for each in iban[4:] + iban[:4])) % 97 == 1


def _parts(
    text: str,
    start: int,
    end: int,
    label: str,
    least: int,
    most: int,
    counts: Callable[[str], bool],
    is_right: Callable[[str, str], bool],
) -> Iterator[Match]:
    """Yield the parts of a run of groups that pass a check, as written and without gaps: the longest from each on.

    Parts may overlap: what is found does not depend on where a search begins.
    """
    places = [at for at in range(start, end) if counts(text[at])]  # of the characters that are checked
    begins = [index for index, at in enumerate(places) if not index or places[index - 1] != at - 1]
    ends = [*begins[1:], len(places)]
    for begin in begins:
        near = ends[bisect_left(ends, begin + least) : bisect_right(ends, begin + most)]
        for stop in reversed(near):
            first, last = places[begin], places[stop - 1] + 1
            if is_right(text[first:last], "".join(text[at] for at in places[begin:stop])):
                yield Match(first, last, label)
                break


def _is_address(written: str, kind: type[IPv4Address] | type[IPv6Address]) -> bool:
    try:
        kind(written)
    except (AddressValueError, ValueError):
        return False
    return True
