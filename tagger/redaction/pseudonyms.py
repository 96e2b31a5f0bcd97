"""Pseudonyms: made-up names, numbers and addresses of the same kind, the same one for the same name in a run.

Numbers and addresses are of ranges that nobody has: example.org (RFC 2606), 192.0.2.0/24, 198.18.0.0/15 and
2001:db8::/32 (RFC 5737, 2544, 3849), the telephone numbers 555-0100 to 555-0199, cards that begin with 9999 and IBANs
of the country XX, both with right check digits. Pseudonyms follow the order in which names are seen, so that they say
nothing of what they stand for.
"""

import re
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, ip_address

from tagger.errors import DataError
from tagger.redaction.checked_patterns import luhn
from tagger.redaction.known_names import folded, is_particle, is_person, is_title, name_units

_GIVEN = """
Robin Alex Kim Sasha Noor Dana Jules Marin Toni Andrea Sam Lee Casey Remy Ariel Jamie Shai Nikita Yuri Akira Tal Ming
Chidi Amal Kiran Devon Quinn Rowan Skyler Emery Blake Avery Jordan Morgan Reese Taylor Drew Harper Finley Sage Indigo
Kai Luca Mika Nima Ola Pat Rio Sol Uli Vali Wren Xen Yael Zuri Bay Cleo Dov Eden Flo
""".split()  # noqa: SIM905
_FAMILY = """
Vale Harrow Lindqvar Marsten Okeba Tarnish Belmar Corvane Dunsel Esterly Fenwark Galdor Hostrand Ibarro Jantok Kelmar
Lorrimer Montery Nakawe Ostrane Pellwyn Quarles Rastov Sandoz Tevrin Umbrel Varga Westrom Xanthe Yarrow Zelnik Ardmer
Brisk Calloway Delmark Endras Farrant Gryce Hallam Imbert Jorvik Kestral Lambrew Merrow Norvell Orsini Penhall Quist
Redfern Stroud Tamblyn Ulmer Vossk Wyndel Yates Zander Ashlock Bramble Costane Dray
""".split()  # noqa: SIM905
_PLACES = """
Varnholm Tessaly Brookmere Ostravel Kingsferry Linden Marrowgate Pelham Quistel Rosedun Saltmarsh Torvale Umberton
Westhaven Yarnley Zellbach Ashcombe Birchfell Corran Dunmere Elmstow Farrowby Glenrath Hartsea Ironbay Jessamy Kelvedon
Lorne Millbrae Northrup Oakhollow Pinewick Ravensea Stonely Thornbay Uxley Vellmar Willowdun Yewbank Zarath
""".split()  # noqa: SIM905
_ORGANISATIONS = """
Quillby Brightmoor Harlan Novex Tamarisk Orbital Kestrel Lumen Meridian Northgate Opaline Pinnacle Quartz Redwood
Silverline Trellis Umbra Vertex Waypoint Yonder Zephyr Amberfield Bluestem Cobalt Driftwood Everly Foxglove Granite
Halcyon Ivory
""".split()  # noqa: SIM905


_FIRST_ADDRESSES, _MORE_ADDRESSES = 254, 1 << 17
"""How many addresses 192.0.2.0/24 and 198.18.0.0/15 have for pseudonyms."""
_AT, _DOT = re.compile(r" ?[\[({] ?at ?[\])}] ?"), re.compile(r" ?[\[({] ?(?:dot|\.) ?[\])}] ?")


class Pseudonyms:
    """The pseudonyms of a run. No name is given that `stands` in the text, where it would mean somebody else."""

    def __init__(self, stands: Callable[[str], bool]) -> None:
        self._stands = stands
        self._given: dict[tuple[str, str], str] = {}
        self._by_initial: dict[tuple[str, str], str] = {}
        self._reserved: set[tuple[str, str]] = set()
        self._counts: dict[str, int] = {}

    def of(self, text: str, label: str) -> str:
        """Return the pseudonym of what stands in the text under a label, in the same case."""
        if is_person(label):
            return self._person(text)
        key = label, _key(text, label.upper())
        if key not in self._given:
            self._given[key] = self._new(text, label)
        return _in_case_of(text, self._given[key])

    def _person(self, text: str) -> str:
        """Replace each word of a person's name, so that a part has the pseudonym that it has in the whole.

        Titles stay, and particles in lower case. An initial is that of the pseudonym of the name that it stands for.
        """
        units = list(name_units(text))
        has_capital = any(not unit[0].islower() for unit in units)
        units = [unit for unit in units if not is_title(unit[0]) and not (has_capital and is_particle(unit[0]))]
        names = [folded(unit[0]) for unit in units if not _is_initial(unit[0])]
        if not names:
            key = "PERSON", _key(text, "")
            if key not in self._given:
                self._given[key] = self._numbered("PERSON", "Person {}")
            return self._given[key]
        pieces, at = [], 0
        for number, unit in enumerate(units):
            pieces.append(text[at : unit.start()])
            if _is_initial(unit[0]):
                name = self._of_initial(folded(unit[0]), names[-1])[0]
                pieces.append(name.lower() if unit[0].islower() else name)
            else:
                name = self._of_part(folded(unit[0]), names[-1], is_given=number == 0 and len(units) > 1)
                pieces.append(_in_case_of(unit[0], name))
            at = unit.end()
        return "".join([*pieces, text[at:]])

    def _of_part(self, name: str, family: str, *, is_given: bool) -> str:
        """Return the pseudonym of a part of a person's name, whose last part is `family`."""
        initial = name[:1], family
        if ("PER", name) not in self._given:
            if name.isdecimal():
                new = self._numbered("number", "{}")
            elif is_given and initial in self._reserved:
                new = self._by_initial[initial]
                self._reserved.remove(initial)
            else:
                new = self._named("given", _GIVEN) if is_given else self._named("family", _FAMILY)
            self._given["PER", name] = new
        if name != family:
            self._by_initial.setdefault(initial, self._given["PER", name])
        return self._given["PER", name]

    def _of_initial(self, letter: str, family: str) -> str:
        """Return the pseudonym of the name that a letter stands for; one is set aside where none was seen so far."""
        if (letter, family) not in self._by_initial:
            self._by_initial[letter, family] = self._named("given", _GIVEN)
            self._reserved.add((letter, family))
        return self._by_initial[letter, family]

    def _new(self, text: str, label: str) -> str:
        kind = label.upper()
        if kind in ("LOC", "GPE", "LOCATION", "FAC"):
            return self._named("place", _PLACES)
        if kind in ("ORG", "ORGANIZATION", "ORGANISATION"):
            return self._named("organisation", _ORGANISATIONS)
        if kind == "MAIL":
            return self._numbered(kind, "person{}@example.org")
        if kind == "PHONE":
            number = self._count(kind) - 1
            return (
                f"+1 555 555 01{number:02}" if number < 100 else f"+1 555 555 01{number % 100:02} ext. {number // 100}"
            )
        if kind == "IP":
            number = self._count(kind)
            if ":" in text:
                return f"2001:db8::{number:x}"
            if number <= _FIRST_ADDRESSES:
                return f"192.0.2.{number}"
            if number > _FIRST_ADDRESSES + _MORE_ADDRESSES:
                raise DataError(
                    f"more than {_FIRST_ADDRESSES + _MORE_ADDRESSES:,} IP addresses, and no pseudonyms are left for "
                    "them: replace with labels or blanks (--with label), or keep them (--keep IP)"
                )
            return str(IPv4Address("198.18.0.0") + (number - _FIRST_ADDRESSES - 1))
        if kind == "CARD":
            digits = f"9999{self._count(kind):011}"
            digits += next(str(check) for check in range(10) if luhn(f"{digits}{check}"))
            return " ".join(digits[at : at + 4] for at in range(0, 16, 4))
        if kind == "IBAN":
            account = f"{self._count(kind):016}"
            check = 98 - int(account + "333300") % 97  # X is 33
            return f"XX{check:02}{account}"
        return self._numbered(kind, kind.capitalize() + " {}")

    def _named(self, kind: str, names: Sequence[str]) -> str:
        """Return the next name of a list that stands nowhere in the text, numbered when the list is used up."""
        while True:
            number = self._count(kind) - 1
            name, turn = names[number % len(names)], number // len(names)
            if not self._stands(name):
                return f"{name}{turn + 1}" if turn else name
            if number > 1_000_000:
                return self._numbered(kind, kind.capitalize() + " {}")

    def _numbered(self, kind: str, pattern: str) -> str:
        return pattern.format(self._count(kind))

    def _count(self, kind: str) -> int:
        self._counts[kind] = self._counts.get(kind, 0) + 1
        return self._counts[kind]


def _key(text: str, kind: str) -> str:
    """Return what all ways of writing the same name, number or address have in common."""
    match kind:
        case "MAIL":
            return _DOT.sub(".", _AT.sub("@", text.casefold()))
        case "IP":
            return str(ip_address(text))
        case "CARD" | "PHONE" | "IBAN":
            return "".join(filter(str.isalnum, text)).upper()
    return " ".join(folded(unit[0]) for unit in name_units(text)) or folded(text)


def _is_initial(unit: str) -> bool:
    """Whether a word is one letter that stands for a name, and no name of one letter, as in Chinese."""
    return len(folded(unit)) == 1 and unit.upper() != unit.lower()


def _in_case_of(text: str, name: str) -> str:
    """Return a name in upper or lower case where the text is."""
    letters = [each for each in text if each.isalpha()]
    if len(letters) > 1 and all(each.isupper() for each in letters):
        return name.upper()
    return name.lower() if letters and all(each.islower() for each in letters) else name
