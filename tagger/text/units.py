"""Cut text into units: the pieces between which tokens and sentences may end.

A segmenter tags units as a tagger tags words. Which characters belong together is learned from annotated text: between
two characters of certain classes (a junction) tokens end often or never. In languages with spaces a unit is a run of
letters or digits or a single mark; where tokens end between letters, as in Chinese, each letter is a unit.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from threading import Lock
from typing import NamedTuple

import numpy as np

from tagger.text.emoji import goes_on_with_emoji

_JOINED_LETTERS = """
    LATIN CYRILLIC GREEK ARMENIAN GEORGIAN HEBREW ARABIC SYRIAC DEVANAGARI BENGALI GURMUKHI GUJARATI ORIYA TAMIL TELUGU
    KANNADA MALAYALAM SINHALA HANGUL ETHIOPIC CHEROKEE MONGOLIAN KATAKANA HIRAGANA FULLWIDTH digit number
""".split()  # noqa: SIM905
"""Classes of characters whose runs are words, unless a corpus says otherwise."""
MOST_LOST = 0.0005
"""Share of all token ends that may lie inside units, so that units are few and long."""
HIGHEST_RATE = 0.02
"""Most token ends, as a share of all places, at a junction that is not cut."""
_ENOUGH = 5
"""Times that a junction must occur in train to be known for one that joins, and an address before it can be cut."""

_SPACE, _JOINING, _DIGIT, _NUMBER, _OTHER = "space", "joining", "digit", "number", "other"
_ENDS_LINE = frozenset("\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
AFTER = ("none", "space", "wide", "line", "end")
"""What stands after a unit: nothing, a space, wider space, a line break, or the end of the text."""

ADDRESSES: Mapping[str, str] = {
    "web": r"(?i:(?:https?|ftps?|file)://|www\d?\.(?=\w))[^\s<>\"]*[^\s<>\"'.,;:!?)\]}»”’*]",
    "mail": r"(?<![\w.+%-])[\w+%-]+(?:\.[\w+%-]+)*@\w[\w-]*(?:\.\w[\w-]*)+",
    "hashtag": r"(?<![\w#&/])#\w+",
    "mention": r"(?<![\w@.])@\w+",
    "number": r"(?<![\w.,:])\d+(?:[.,:]\d+)+(?![\w])",
    "amount": r"(?<![\w.,:])\d+(?:[.,:]\d+)+(?=[A-Za-z])",
}
"""Patterns of what is kept whole unless train cuts it, by kind."""


class Units(NamedTuple):
    """The units of a text: their first and last (exclusive) characters, and what stands after each, `[U]` each."""

    starts: np.ndarray
    ends: np.ndarray
    after: np.ndarray
    """Numbers of `AFTER`."""


@dataclass(frozen=True)
class UnitRules:
    """Where units end beside white space.

    `joined` are the junctions, pairs of classes of characters, at which none ends. `scripts` are the classes of letters
    that the annotated text has. `addresses` are the kinds of ADDRESSES that are one unit. `pieces` are units, in lower
    case, in which tokens end nevertheless, such as `gonna`, with the places where they are cut.
    """

    joined: frozenset[tuple[str, str]]
    scripts: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset(ADDRESSES)
    pieces: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def units(self, text: str) -> Units:
        """Return the units of a text; every character that is not white space is in exactly one."""
        if not text:
            empty = np.zeros(0, np.intp)
            return Units(empty, empty, empty)
        read = _read(text)
        begins = self._begins(text, read)
        starts = np.flatnonzero(begins)
        after_unit = begins | read.is_space
        after_unit[: starts[0] if len(starts) else 0] = False
        # A unit ends where the next one begins, or where white space begins.
        is_end = after_unit[1:] & ~read.is_space[:-1]
        ends = np.flatnonzero(is_end) + 1
        if len(starts) and not read.is_space[-1]:
            ends = np.append(ends, len(text))
        starts, ends = self._with_pieces(text, starts, ends)
        return Units(starts, ends, _after(text, read.codes, starts, ends))

    def _begins(self, text: str, read: "_Characters") -> np.ndarray:
        """Return whether a unit begins at each character `[N]`."""
        begins = np.ones(len(text), bool)
        begins[1:] = self._junctions.cut(read.classes[:-1], read.classes[1:]) & ~read.is_joining[1:]
        begins[1:] |= read.is_space[:-1]
        begins &= ~goes_on_with_emoji(read.codes)
        for first, last in self._addresses(text, read):
            begins[first + 1 : last] = False
            begins[first] = True
            if last < len(text):
                begins[last] = True
        return np.asarray(begins & ~read.is_space)

    def _addresses(self, text: str, read: "_Characters") -> Iterator[tuple[int, int]]:
        """Yield the start and the end of each address that is kept whole."""
        if not self.addresses:
            return
        hints = np.flatnonzero(_may_be_address(read))
        spaces = np.flatnonzero(read.is_space)
        after = np.searchsorted(spaces, hints)
        for number in np.unique(after).tolist():  # pieces of text without white space
            first = int(spaces[number - 1]) + 1 if number else 0
            last = int(spaces[number]) if number < len(spaces) else len(text)
            for found in self._address.finditer(text, first, last):
                yield found.span()

    @cached_property
    def _address(self) -> re.Pattern[str]:
        return re.compile("|".join(pattern for kind, pattern in ADDRESSES.items() if kind in self.addresses))

    @cached_property
    def _junctions(self) -> "_Junctions":
        return _Junctions(self.joined)

    def _with_pieces(self, text: str, starts: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the starts and ends with the exceptional units cut."""
        if not self.pieces:
            return starts, ends
        lengths = ends - starts
        candidates = np.flatnonzero((lengths >= self._piece_lengths[0]) & (lengths <= self._piece_lengths[1]))
        more = [
            (index, place)
            for index, start, end in zip(
                candidates.tolist(), starts[candidates].tolist(), ends[candidates].tolist(), strict=True
            )
            for place in self.pieces.get(text[start:end].lower(), ())
        ]
        if not more:
            return starts, ends
        indices = np.array([index for index, _ in more])
        places = starts[indices] + np.array([place for _, place in more])
        return np.insert(starts, indices + 1, places), np.insert(ends, indices, places)

    @cached_property
    def _piece_lengths(self) -> tuple[int, int]:
        lengths = [len(piece) for piece in self.pieces]
        return min(lengths), max(lengths)


class _Junctions:
    """A table of junctions, by the numbers of classes; it grows with the classes that texts have."""

    def __init__(self, joined: frozenset[tuple[str, str]]) -> None:
        self._joined = joined
        self._table = np.zeros((0, 0), bool)

    def cut(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Return whether a unit ends between classes `[N]` and those after them `[N]`."""
        if len(self._table) < len(_CLASS_NAMES):
            numbers = [(_class_number(before), _class_number(after)) for before, after in self._joined]
            size = len(_CLASS_NAMES)
            table = np.ones((size, size), bool)
            for pair in numbers:
                table[pair] = False
            self._table = table
        return np.asarray(self._table[left, right])


def learn_units(texts: Iterable[tuple[str, Sequence[int]]]) -> UnitRules:
    """Return the rules that fit annotated text: texts with the offsets at which their tokens end."""
    counts = _counts(texts)
    joined, lost = set(), 0.0
    allowed = MOST_LOST * max(1, counts.tokens)
    by_rate = sorted(counts.places, key=lambda pair: (counts.cuts[pair] / counts.places[pair], pair))
    for pair in by_rate:
        lost += counts.cuts[pair]
        if lost > allowed or counts.cuts[pair] > HIGHEST_RATE * counts.places[pair]:
            break
        if counts.places[pair] >= _ENOUGH:
            joined.add(pair)
    # Letters or digits of a kind that train never has side by side stay together.
    seen = {left for left, right in counts.places if left == right}
    joined |= {(name, name) for name in _JOINED_LETTERS if name not in seen}
    # So do letters, digits and the underscore, as in Unicode's rules for words (UAX 29, WB9 to WB13b).
    of_words = {*counts.scripts.intersection(_JOINED_LETTERS), _DIGIT, "_"}
    joined |= {pair for pair in product(of_words, of_words) if "_" in pair or _DIGIT in pair} - counts.places.keys()
    addresses = frozenset(
        kind for kind in ADDRESSES if counts.found[kind] < _ENOUGH or counts.cut[kind] < 0.1 * counts.found[kind]
    )
    rules = UnitRules(frozenset(joined), frozenset(counts.scripts), addresses)
    return replace(rules, pieces=_pieces_of(rules, counts.texts))


@dataclass
class _Counts:
    """How often each junction occurs and is cut, the same for addresses, and the texts with cuts inside."""

    places: Counter[tuple[str, str]] = field(default_factory=Counter)
    cuts: Counter[tuple[str, str]] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    cut: Counter[str] = field(default_factory=Counter)
    tokens: int = 0
    scripts: set[str] = field(default_factory=set)
    texts: list[tuple[str, np.ndarray]] = field(default_factory=list)


def _counts(texts: Iterable[tuple[str, Sequence[int]]]) -> _Counts:
    counts = _Counts()
    for text, token_ends in texts:
        if not text:
            continue
        read = _read(text)
        is_end = np.zeros(len(text) + 1, bool)
        is_end[np.asarray(token_ends, np.intp)] = True
        counts.tokens += len(token_ends)
        counts.scripts |= {_CLASS_NAMES[number] for number in np.unique(read.classes) if _CLASS_NAMES[number].isupper()}
        inside = np.zeros(len(text) + 1, bool)
        for kind, pattern in ADDRESSES.items():
            for found in re.finditer(pattern, text):
                counts.found[kind] += 1
                counts.cut[kind] += bool(is_end[found.start() + 1 : found.end()].any())
                inside[found.start() + 1 : found.end()] = True
        usable = ~read.is_space[:-1] & ~read.is_space[1:] & ~read.is_joining[1:] & ~inside[1:-1]
        usable &= ~goes_on_with_emoji(read.codes)[1:]
        pairs = read.classes[:-1].astype(np.int64) * 2**20 + read.classes[1:]
        for counter, chosen in ((counts.places, usable), (counts.cuts, usable & is_end[1:-1])):
            for pair, count in zip(*np.unique(pairs[chosen], return_counts=True), strict=True):
                counter[_CLASS_NAMES[pair // 2**20], _CLASS_NAMES[pair % 2**20]] += int(count)
        counts.texts.append((text, is_end))
    return counts


def _pieces_of(rules: UnitRules, texts: Iterable[tuple[str, np.ndarray]]) -> dict[str, tuple[int, ...]]:
    """Return the units, in lower case, that train mostly cuts inside, with the places where it does."""
    cut_inside: dict[str, Counter[tuple[int, ...]]] = {}
    whole: Counter[str] = Counter()
    for text, is_end in texts:
        starts, ends, _ = rules.units(text)
        before = np.cumsum(is_end)
        has_cut = before[ends - 1] > before[starts]
        for start, end, inside in zip(starts.tolist(), ends.tolist(), has_cut.tolist(), strict=True):
            unit = text[start:end].lower()
            if inside and len(unit) == end - start:
                cuts = tuple(np.flatnonzero(is_end[start + 1 : end]) + 1)
                cut_inside.setdefault(unit, Counter())[tuple(int(cut) for cut in cuts)] += 1
            else:
                whole[unit] += 1
    return {
        unit: cuts.most_common(1)[0][0]
        for unit, cuts in sorted(cut_inside.items())
        if cuts.total() > whole[unit] and cuts.most_common(1)[0][1] > 1
    }


def _may_be_address(read: "_Characters") -> np.ndarray:
    """Return where an address may be `[N]`: at `@`, `#`, `//` and `ww`, and at the mark inside a number."""
    codes = read.codes
    hints = (codes == ord("@")) | (codes == ord("#"))
    hints[1:] |= (codes[1:] == codes[:-1]) & ((codes[1:] == ord("/")) | (codes[1:] | 32 == ord("w")))
    is_digit = read.classes == _class_number(_DIGIT)
    is_mark = (codes == ord(".")) | (codes == ord(",")) | (codes == ord(":"))
    hints[1:-1] |= is_digit[:-2] & is_mark[1:-1] & is_digit[2:]
    return np.asarray(hints)


def _after(text: str, codes: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return what stands after each unit: numbers of AFTER."""
    if not len(starts):
        return np.zeros(0, np.intp)
    gaps = np.append(starts[1:], ends[-1]) - ends
    after = np.minimum(gaps, 2)
    single = np.flatnonzero(gaps == 1)
    line_ends = np.isin(codes[ends[single]], _LINE_END_CODES)
    after[single[line_ends]] = AFTER.index("line")
    for index in np.flatnonzero(gaps > 1):
        if not _ENDS_LINE.isdisjoint(text[ends[index] : starts[index + 1]]):
            after[index] = AFTER.index("line")
    after[-1] = AFTER.index("end")
    return np.asarray(after)


_LINE_END_CODES = np.array(sorted(map(ord, _ENDS_LINE)), np.uint32)

# Numbers of classes are given in the order in which characters are first seen; 0 means that the class of a character
# was not looked up yet.
_CLASS_NAMES: list[str] = ["", _SPACE, _JOINING]
_CLASS_NUMBERS: dict[str, int] = {name: number for number, name in enumerate(_CLASS_NAMES)}
_CLASSES = np.zeros(0x110000, np.int32)
_NUMBERING = Lock()


class _Characters(NamedTuple):
    """The characters of a text `[N]`: their codes, and the numbers of their classes.

    Joining characters, such as accents, have the class of the character before them.
    """

    codes: np.ndarray
    classes: np.ndarray
    is_space: np.ndarray
    is_joining: np.ndarray


def _read(text: str) -> _Characters:
    """Return the characters of a text."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    classes = _classes_of(codes)
    is_space, is_joining = classes == _class_number(_SPACE), classes == _class_number(_JOINING)
    if is_joining.any():
        places = np.where(is_joining, 0, np.arange(len(codes)))
        classes = classes[np.maximum.accumulate(places)]
    return _Characters(codes, classes, is_space, is_joining)


def _class_number(name: str) -> int:
    if name not in _CLASS_NUMBERS:
        with _NUMBERING:  # two threads must not give one number to two classes
            if name not in _CLASS_NUMBERS:
                _CLASS_NAMES.append(name)
                _CLASS_NUMBERS[name] = len(_CLASS_NAMES) - 1
    return _CLASS_NUMBERS[name]


def _classes_of(codes: np.ndarray) -> np.ndarray:
    """Return the number of the class of each character code `[N]`."""
    classes = _CLASSES[codes]
    if not classes.all():
        for code in np.unique(codes[classes == 0]).tolist():
            _CLASSES[code] = _class_number(class_of(chr(code)))
        classes = _CLASSES[codes]
    return np.asarray(classes)


def class_of(character: str) -> str:
    """Return the class of a character: its script for letters, itself for marks that stand alone."""
    if character.isspace():
        return _SPACE
    category = unicodedata.category(character)
    if category[0] == "M" or category == "Cf":
        return _JOINING
    if category[0] == "L":
        return unicodedata.name(character, _OTHER).split(" ")[0].split("-")[0]
    if category == "Nd":
        return _DIGIT
    if category[0] == "N":
        return _NUMBER
    return character if category[0] in "PS" else _OTHER
