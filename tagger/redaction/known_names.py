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

_UNIT = re.compile(r"(?<![^\W_])(?<![\u0300-\u036f])[^\W_](?:[^\W_]|[\u0300-\u036f])*")
_BETWEEN = re.compile(r"(?:[ \t\u00a0\u202f]|\r?\n(?!\s*\n)|[.,'’\-\u2010\u2011·&/_]){1,4}")
"""What may stand between the words of a name."""
_INITIALS = re.compile(r"(?<![^\W_])(?:[^\W\d_a-z]\.[ \u00a0-]?){1,4}$")
_PARTICLES = frozenset(
    """
    the and for von van der den del dos das della las los ter ten zur bin ibn abu bint san santa saint mac
    mr mrs ms miss dr prof sir dame lord lady rev herr frau don dona senor senora monsieur madame mme signor
    king queen prince princess president senator judge captain general major sergeant professor doctor jr sr
    mister uncle aunt son daughter
    """.split()  # noqa: SIM905
)
"""Words that stand in names of persons, and name nobody by themselves."""
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

    def learn(self, sentence: Sentence, spans: Sequence[Span]) -> None:
        """Take the names in a tagged sentence, and how its words are written."""
        for word in sentence.words:
            for unit in _UNIT.findall(word):
                self._written[folded(unit), unit.islower()] += 1
        for span in spans:
            self._add(span.text, span.label)
            if is_person(span.label):
                for place in range(span.first, span.last + 1):
                    tags = {sentence.tags[task][place] for task in ("upos", "xpos", "pos") if task in sentence.tags}
                    if not tags & _OTHER_WORDS:
                        self._add_parts(sentence.words[place], span.label)

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
            if length:
                label = self._labels[tuple(keys[at : at + length])]
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
        if length > 1:
            return all(_BETWEEN.fullmatch(text, one.end(), other.start()) for one, other in pairwise(units))
        if not units[0][0].islower() or keys[0] in self._lower_case:
            return True
        # In lower case too, unless the word is mostly written so elsewhere, as `will` is beside a person called Will.
        return self._written[keys[0], True] <= self._written[keys[0], False]

    def _add(self, name: str, label: str) -> None:
        units = _UNIT.findall(name)
        if not units or sum(map(len, units)) < 2:
            return
        if all(unit.islower() for unit in units):
            if len(units) == 1:
                return  # a word in lower case is redacted where the model has found it, and no further
            self._lower_case.update(map(folded, units))
        if _has_joined_script(name):
            self._joined[name.strip()] = label
            self._pattern = None
        self._put(tuple(map(folded, units)), label)
        if len(units) > 1:
            self._put(("".join(map(folded, units)),), label)

    def _add_parts(self, word: str, label: str) -> None:
        """Take a word of a person's name, by which alone the person may be called."""
        units = _UNIT.findall(word)
        for unit in units:
            key = folded(unit)
            is_long = len(unit) > 2 or (len(unit) == 2 and not unit.isascii())
            if is_long and key not in _PARTICLES and not unit.islower() and not unit.isdecimal():
                self._put((key,), label)

    def _put(self, keys: tuple[str, ...], label: str) -> None:
        self._labels.setdefault(keys, label)
        self._lengths.setdefault(keys[0], set()).add(len(keys))


def folded(word: str) -> str:
    """Return a word without case and accents, by which names are compared."""
    if word.isascii():
        return word.lower()
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(each for each in decomposed if not unicodedata.combining(each))


def is_person(label: str) -> bool:
    """Whether a label is that of persons: `PER`, `PERSON`, `per` and the like."""
    return label.upper() in _PERSONS


def is_title(word: str) -> bool:
    """Whether a word stands in names of persons and names nobody by itself, such as `Mrs` or `van`."""
    return folded(word) in _PARTICLES or len(word) == 1


def names_somebody(name: str) -> bool:
    """Whether a name has any letter or digit, and is more than titles and particles such as `Mrs`."""
    return any(folded(unit[0]) not in _PARTICLES for unit in _UNIT.finditer(name))


def name_units(name: str) -> Iterable[re.Match[str]]:
    """Return the words of a name, which are compared one by one."""
    return _UNIT.finditer(name)


def _has_joined_script(name: str) -> bool:
    """Whether letters have no case, so that words may not be separated, or have prefixes and endings."""
    return any(unicodedata.category(each) == "Lo" and ord(each) > 0x2FF for each in name)
