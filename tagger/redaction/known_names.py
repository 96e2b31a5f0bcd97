"""Names that were found once, found again wherever they stand in a run: in another case, in part, with initials.

Words are compared without case and accents. A name of several words is found in any case and over line breaks, as one
word too (`adalovelace`). Of a person's name, each part is found alone: `Lovelace`, `ADA`, `lovelace`.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from tagger.redaction.checked_patterns import Match
from tagger.text.sentence import Sentence, Span

_INSIDE = "\u0300-\u036f\u00ad\u061c\u180e\u200b-\u200f\u2060-\u2064\ufeff"
"""Marks of accent, and characters that nobody sees, such as soft hyphens, which may stand inside a word."""
_UNIT = re.compile(rf"(?<![^\W\d_])(?<![{_INSIDE}])[^\W\d_](?:[^\W\d_]|[{_INSIDE}])*|(?<!\d)\d+")
_BETWEEN = re.compile(r"(?:[ \t\u00a0\u202f]|\r?\n(?!\s*\n)|[.,'’\-\u2010\u2011·&/_]){0,4}")
"""What may stand between the words of a name; nothing between letters and digits."""
_CONTRACTED = re.compile(r"['’][tT]\b")
"""What makes `Don` another word: `Don't`."""
_INITIALS = re.compile(r"(?<![^\W_])(?:[^\W\d_a-z]\.[ \u00a0-]?){1,4}$")
_TITLES = frozenset(
    """
    mr mrs ms miss mx dr prof professor doctor mister mme mlle monsieur madame signor signora senor senora jr sr
    """.split()  # noqa: SIM905
)
"""Words that are titles and hardly ever names."""
_RANKS = frozenset(
    """
    sir dame lord lady rev herr frau king queen prince princess president senator judge captain general major
    sergeant uncle aunt son daughter san santa saint
    """.split()  # noqa: SIM905
)
"""Words that are titles before a name, and names by themselves or at the end of one: `King Charles`, `Ms King`."""
_PARTICLES = frozenset(
    "von van der den dem del dos das della de da di du la le los las ter ten zum zur zu und of".split()  # noqa: SIM905
)
"""Words that stand in names in lower case and name nobody then. With a capital they may be a name."""
_ALSO_OTHER_WORDS = _PARTICLES | frozenset("bin ibn abu bint don dona mac".split())  # noqa: SIM905
"""Parts of names that are found alone only where they have a capital."""
_NEVER_NAMES = frozenset({"the", "and", "for"})
_PERSONS = frozenset({"PER", "PERS", "PERSON", "PEOPLE", "NAME", "PATIENT"})
_OTHER_WORDS = frozenset(
    {"DET", "ADP", "CCONJ", "SCONJ", "PUNCT", "AUX", "PRON", "PART", "DT", "IN", "CC", "PRP", "TO"}
)
"""Parts of speech (Universal Dependencies, Penn Treebank) of words that name nobody."""


class KnownNames:
    """The names of a run. `learn` every sentence first, then `find` the names in any text."""

    def __init__(self) -> None:
        self._labels: dict[tuple[str, ...], str] = {}
        self._lengths: dict[str, set[int]] = {}
        self._joined: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None
        self._written = Counter[tuple[str, bool]]()
        self._lower_case: set[str] = set()
        self._unsure: set[tuple[str, ...]] = set()

    def learn(self, sentence: Sentence, spans: Sequence[Span], unsure: Iterable[Span] = ()) -> None:
        """Take the names in a tagged sentence, and how its words are written.

        Those that are `unsure` are found elsewhere only where they have a capital.
        """
        for word in sentence.words:
            for unit in _UNIT.findall(word):
                self._written[folded(unit), unit.islower()] += 1
        for span in spans:
            self._add_span(sentence, span)
        known = set(self._labels)
        for span in unsure:
            self._add_span(sentence, span)
        self._unsure = (self._unsure - known) | (self._labels.keys() - known)

    def stands(self, word: str) -> bool:
        """Whether a word stands anywhere in the text."""
        key = folded(word)
        return (key, True) in self._written or (key, False) in self._written

    def find(self, text: str, start: int = 0) -> Iterator[Match]:
        """Yield the names in a text from a place on, the longest at each place."""
        units = list(_UNIT.finditer(text, start))
        keys = [folded(unit[0]) for unit in units]
        at = 0
        while at < len(units):
            length = next(
                (
                    length
                    for length in sorted(self._lengths.get(keys[at], ()), reverse=True)
                    if self._matches(text, units[at : at + length], tuple(keys[at : at + length]), length)
                ),
                0,
            )
            label = self._labels[tuple(keys[at : at + length])] if length else self._label_of_family(units[at][0])
            if label:
                length = length or 1
                first, last = units[at].start(), units[at + length - 1].end()
                if is_person(label) and (initials := _INITIALS.search(text, max(start, first - 16), first)):
                    first = initials.start()
                yield Match(first, last, label)
            at += length or 1
        if self._joined:
            self._pattern = self._pattern or re.compile("|".join(map(re.escape, sorted(self._joined, key=len)[::-1])))
            for found in self._pattern.finditer(text, start):
                yield Match(found.start(), found.end(), self._joined[found[0]])

    def _matches(self, text: str, units: Sequence[re.Match[str]], keys: tuple[str, ...], length: int) -> bool:
        """Whether units that stand one after the other are a name as it is written here."""
        if len(units) < length or keys not in self._labels:
            return False
        is_lower = units[0][0].islower()
        if is_lower and keys in self._unsure:
            return False
        if length > 1:
            return all(_BETWEEN.fullmatch(text, one.end(), other.start()) for one, other in pairwise(units))
        if _CONTRACTED.match(text, units[0].end()):
            return False
        if keys[0] in _ALSO_OTHER_WORDS:
            return not is_lower and not self._is_mostly_lower(keys[0])
        # In lower case too, unless the word is mostly written so elsewhere, as `will` is beside a person called Will.
        return not is_lower or keys[0] in self._lower_case or not self._is_mostly_lower(keys[0])

    def _is_mostly_lower(self, key: str) -> bool:
        return self._written[key, True] > self._written[key, False]

    def _label_of_family(self, unit: str) -> str:
        """Return the label of the person whose name has this plural, such as `Lovelaces`; else nothing."""
        key = folded(unit)
        if len(key) < 5 or unit.islower() or not key.endswith("s"):
            return ""
        label = self._labels.get((key[:-1],), "")
        return label if is_person(label) and (key[:-1],) not in self._unsure else ""

    def _add_span(self, sentence: Sentence, span: Span) -> None:
        self._add(span.text, span.label)
        if not is_person(span.label):
            return
        for place in range(span.first, span.last + 1):
            tags = {sentence.tags[task][place] for task in ("upos", "xpos", "pos") if task in sentence.tags}
            if not tags & _OTHER_WORDS:
                self._add_parts(sentence.words[place], span.label, is_last=place == span.last)

    def _add(self, name: str, label: str) -> None:
        units = _UNIT.findall(name)
        if not units or sum(map(len, units)) < 2:
            return
        if len(units) == 1 and folded(units[0]) in _NEVER_NAMES | _TITLES:
            return
        if all(unit.islower() or unit.isdecimal() for unit in units):
            if len(units) == 1:
                return  # a word in lower case is redacted where the model has found it, and no further
            self._lower_case.update(map(folded, units))
        if _has_joined_script(name):
            self._joined[name.strip()] = label
            self._pattern = None
        self._put(tuple(map(folded, units)), label)
        if len(units) > 1:
            self._put(("".join(map(folded, units)),), label)

    def _add_parts(self, word: str, label: str, *, is_last: bool) -> None:
        """Take a word of a person's name, by which alone the person may be called."""
        for unit in _UNIT.findall(word):
            key = folded(unit)
            is_long = len(unit) > 2 or (len(unit) == 2 and not unit.isascii())
            is_title = key in _TITLES | _NEVER_NAMES or (key in _RANKS and not is_last)
            if is_long and not is_title and not unit.islower() and not unit.isdecimal():
                self._put((key,), label)

    def _put(self, keys: tuple[str, ...], label: str) -> None:
        self._labels.setdefault(keys, label)
        self._lengths.setdefault(keys[0], set()).add(len(keys))


_OTHER_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})
"""Letters that people write without accents as others, and that Unicode does not take apart."""
_UNSEEN = re.compile(f"[{_INSIDE}]")


def folded(word: str) -> str:
    """Return a word without case, accents and characters that nobody sees, by which names are compared."""
    if word.isascii():
        return word.lower()
    decomposed = unicodedata.normalize("NFKD", word.casefold().translate(_OTHER_LETTERS))
    return "".join(each for each in _UNSEEN.sub("", decomposed) if not unicodedata.combining(each))


def is_person(label: str) -> bool:
    """Whether a label is that of persons: `PER`, `PERSON`, `per` and the like."""
    return label.upper() in _PERSONS


def is_title(word: str) -> bool:
    """Whether a word is a title, such as `Mrs`, which names nobody."""
    return folded(word) in _TITLES


def is_particle(word: str) -> bool:
    """Whether a word is written as a particle of names, such as `van`; `Van` may be a name."""
    return word in _PARTICLES


def names_somebody(name: str) -> bool:
    """Whether what a model takes for a name has any letter or digit, and is more than titles such as `Mrs`."""
    return any(not is_title(unit[0]) for unit in _UNIT.finditer(name))


def may_name_somebody(word: str) -> bool:
    """Whether a word that a model takes for none may be a name all the same: no title, article or particle."""
    units = _UNIT.findall(word)
    return any(not (is_title(unit) or is_particle(unit) or unit.lower() in _NEVER_NAMES) for unit in units)


def name_units(name: str) -> Iterable[re.Match[str]]:
    """Return the words of a name, which are compared one by one."""
    return _UNIT.finditer(name)


def _has_joined_script(name: str) -> bool:
    """Whether letters have no case, so that words may not be separated, or have prefixes and endings."""
    return any(unicodedata.category(each) == "Lo" and ord(each) > 0x2FF for each in name)
