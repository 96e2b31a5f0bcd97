"""Pseudonyms: made-up names, numbers and addresses of the same kind, the same one for the same name in a run.

Numbers and addresses are of ranges that nobody has: example.org (RFC 2606), 192.0.2.0/24, 198.18.0.0/16 and
2001:db8::/32 (RFC 5737, 2544, 3849), the telephone numbers 555-0100 to 555-0199, cards that begin with 9999 and IBANs
of the country XX, both with right check digits. Pseudonyms follow the order in which names are seen, so that they say
nothing of what they stand for.
"""

from collections.abc import Callable, Sequence

from tagger.redaction.checked_patterns import luhn
from tagger.redaction.known_names import folded, is_person, is_title, name_units

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


class Pseudonyms:
    """The pseudonyms of a run. No name is given that `stands` in the text, where it would mean somebody else."""

    def __init__(self, stands: Callable[[str], bool]) -> None:
        self._stands = stands
        self._given: dict[tuple[str, str], str] = {}
        self._counts: dict[str, int] = {}

    def of(self, text: str, label: str) -> str:
        """Return the pseudonym of what stands in the text under a label, in the same case."""
        if is_person(label):
            return self._person(text)
        key = " ".join(folded(unit[0]) for unit in name_units(text)) or text
        if (label, key) not in self._given:
            self._given[label, key] = self._new(text, label)
        return _in_case_of(text, self._given[label, key])

    def _person(self, text: str) -> str:
        """Replace each word of a person's name, so that a part has the pseudonym that it has in the whole."""
        units = [unit for unit in name_units(text) if not is_title(unit[0])]
        if not units:
            return self._numbered("PERSON", "Person {}")
        pieces, at = [], 0
        for number, unit in enumerate(units):
            key = ("PER", folded(unit[0]))
            if key not in self._given:
                is_given = number == 0 and len(units) > 1
                self._given[key] = self._named("given", _GIVEN) if is_given else self._named("family", _FAMILY)
            pieces += [text[at : unit.start()], _in_case_of(unit[0], self._given[key])]
            at = unit.end()
        return "".join([*pieces, text[at:]])

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
            return f"192.0.2.{number}" if number < 255 else f"198.18.{number // 256 % 256}.{number % 256}"
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


def _in_case_of(text: str, name: str) -> str:
    """Return a name in upper or lower case where the text is."""
    letters = [each for each in text if each.isalpha()]
    if len(letters) > 1 and all(each.isupper() for each in letters):
        return name.upper()
    return name.lower() if letters and all(each.islower() for each in letters) else name
