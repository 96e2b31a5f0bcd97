"""Other spellings of span tags: `PER-B`, `B_PER`, `b-per`, `B`, `PER`, brackets; read as `B-PER`.

A spelling is decided for a whole column of tags, over all splits: every tag must be written in it, and the tags must be
valid in some scheme. Plain tags, such as parts of speech, are in no spelling.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tagger.text.bracketed import STAR_BRACKETS, tags_from_brackets
from tagger.text.scheme import SCHEME_PREFIXES, UNTYPED, SchemeDetector, split_tag

_PREFIXES = "BIESLUMW"
_SEPARATORS = "-_:/.|+=~#"
_OUTSIDE = ("O", "o", "OUT", "out", "Out", "OUTSIDE", "outside", "Outside")
_WORDS = {
    **dict.fromkeys(("BEGIN", "BEG", "BEGINNING", "START"), "B"),
    **dict.fromkeys(("INSIDE", "IN", "INNER", "MIDDLE", "MID", "INTERMEDIATE", "CONT"), "I"),
    **dict.fromkeys(("END", "LAST"), "E"),
    **dict.fromkeys(("SINGLE", "SINGLETON", "UNIT", "UNIQUE", "WHOLE"), "S"),
}
_NEARLY_ALL = 0.9  # share of the tags of one spelling, beyond which the others are mistakes


@dataclass(frozen=True)
class Spelling:
    """A way to write span tags. `name` shows it: the tag in it that is `B-PER` in a scheme's own spelling."""

    name: str
    read_tag: Callable[[str], str]
    """Returns the tag in a scheme's own spelling, or "" for one that is not in this spelling."""
    read_all: Callable[[Sequence[str]], list[str]] | None = None
    """Returns the tags of a sentence, where one tag alone does not say what it means."""

    def read(self, tags: Sequence[str]) -> list[str]:
        """Return the tags of a sentence in a scheme's own spelling; one that is in no spelling stays as it is."""
        if self.read_all is not None:
            return self.read_all(tags)
        return [tag and (self.read_tag(tag) or tag) for tag in tags]


def _matches(pattern: str, outside: Sequence[str], read: Callable[[re.Match[str]], str]) -> Callable[[str], str]:
    compiled = re.compile(pattern)

    def read_tag(tag: str) -> str:
        match = compiled.fullmatch(tag)
        return "O" if tag in outside else read(match) if match else ""

    return read_tag


def _spellings_with_prefix() -> list[Spelling]:
    """Return the spellings in which each tag has a prefix or suffix and a label."""
    found = []
    for separator in _SEPARATORS:
        mark = re.escape(separator)
        for prefixes in (_PREFIXES, _PREFIXES.lower()):
            begin = prefixes[0]
            first = _matches(f"([{prefixes}]){mark}(.+)", _OUTSIDE, lambda match: f"{match[1].upper()}-{match[2]}")
            last = _matches(f"(.+){mark}([{prefixes}])", _OUTSIDE, lambda match: f"{match[2].upper()}-{match[1]}")
            label = "PER" if begin == "B" else "per"
            if (separator, begin) != ("-", "B"):  # that is no other spelling
                found.append(Spelling(f"{begin}{separator}{label}", first))
            found.append(Spelling(f"{label}{separator}{begin}", last))
        words = _matches(
            f"(?i:({'|'.join(_WORDS)})){mark}(.+)", _OUTSIDE, lambda match: f"{_WORDS[match[1].upper()]}-{match[2]}"
        )
        found.append(Spelling(f"BEGIN{separator}PER", words))
    return found


_WITH_PREFIX = _spellings_with_prefix()
_GLUED = Spelling("BPER", _matches(f"([{_PREFIXES}])(.+)", ("O",), lambda match: f"{match[1]}-{match[2]}"))
_BARE = Spelling("B", _matches(f"(?i:([{_PREFIXES}]))", _OUTSIDE, lambda match: f"{match[1].upper()}-{UNTYPED}"))
LABELS = Spelling("PER", _matches("(.+)", ("O",), lambda match: f"I-{match[1]}"))
"""The spelling of IO tags without a prefix."""
_BRACKETS = Spelling("(PER*", _matches(STAR_BRACKETS.pattern, (), lambda match: "O"), tags_from_brackets)


class UnclearSpellingError(ValueError):
    """Tags look like spans, but not in one clear spelling. `tag` is one that differs, or ""."""

    def __init__(self, message: str, tag: str = "") -> None:
        super().__init__(message)
        self.tag = tag


def find_spelling(detector: SchemeDetector, scheme: str | None = None) -> Spelling | None:
    """Return the spelling of a column of tags; None for plain tags, and for those in a scheme's own spelling.

    `scheme` is the one that the user names. Raises UnclearSpellingError for tags that look like spans in several other
    spellings, or nearly all of which are in one.
    """
    tags = detector.tags
    tags.pop("", None)
    if detector.looks_like_spans or not tags:
        return None
    if any("(" in tag for tag in tags) and all(map(_BRACKETS.read_tag, tags)):
        return _BRACKETS
    if (detector.span_tags or scheme == "IO") and tags["O"]:
        if scheme is None:
            _check_mixture(tags)
        return LABELS if scheme == "IO" else None
    fitting = [spelling for spelling in _WITH_PREFIX if all(map(spelling.read_tag, tags))]
    fitting = [spelling for spelling in fitting if _is_clear(detector.respelled(spelling.read_tag), scheme)]
    if len(fitting) > 1:
        raise UnclearSpellingError(f"the tags may be spans written as {' or '.join(each.name for each in fitting)}")
    if fitting:
        return fitting[0]
    for spelling in _WITH_PREFIX:
        _check_nearly_all(spelling, tags)
    if all(map(_GLUED.read_tag, tags)) and _has_pairs(detector.respelled(_GLUED.read_tag)):
        return _GLUED
    if all(map(_BARE.read_tag, tags)) and _is_clear_without_labels(detector.respelled(_BARE.read_tag)):
        return _BARE
    return LABELS if _are_labels(tags) else None


def _is_clear(detector: SchemeDetector, scheme: str | None) -> bool:
    """Return whether respelled tags are those of spans beyond doubt: valid in a scheme, or with pairs such as B, I."""
    if scheme is not None and scheme in SCHEME_PREFIXES:
        return detector.looks_like_spans
    return _has_pairs(detector) or (detector.scheme is not None and detector.tags["O"] > 0)


def _has_pairs(detector: SchemeDetector) -> bool:
    """Return whether tags are valid and some label has two prefixes."""
    labels = [split_tag(tag)[1] for tag in detector.tags if tag not in ("", "O")]
    return len(set(labels)) < len(labels) and detector.scheme is not None


def _is_clear_without_labels(detector: SchemeDetector) -> bool:
    """Return whether tags that are prefixes alone are those of spans: `B` is among them, and they are valid."""
    prefixes = {split_tag(tag)[0] for tag in detector.tags} - {"", "O"}
    goes_on = bool(prefixes & set("IEML"))
    return detector.scheme is not None and "B" in prefixes and (goes_on or detector.tags["O"] > 0)


def _check_nearly_all(spelling: Spelling, tags: Mapping[str, int]) -> None:
    """Raise UnclearSpellingError where nearly all tags are in a spelling, with pairs such as B and I of one label."""
    read = {tag: spelling.read_tag(tag) for tag in tags}
    named = {tag: count for tag, count in tags.items() if tag != "O"}
    share = sum(count for tag, count in named.items() if read[tag]) / max(1, sum(named.values()))
    labels = [split_tag(each)[1] for each in read.values() if each not in ("", "O")]
    if share > _NEARLY_ALL and len(set(labels)) < len(labels):
        other = next((tag for tag in named if not read[tag]), "")
        differs = f", but '{other}' is not" if other else ", but they are valid in no scheme"
        raise UnclearSpellingError(f"nearly all tags look like spans written as {spelling.name}{differs}", other)


def _check_mixture(tags: Mapping[str, int]) -> None:
    """Raise UnclearSpellingError where some tags are spans as in a scheme, and all others in another spelling."""
    others = [tag for tag in tags if split_tag(tag)[0] == ""]
    for spelling in _WITH_PREFIX:
        if others and all(map(spelling.read_tag, others)):
            raise UnclearSpellingError(f"some tags are spans written as B-PER, others as {spelling.name}", others[0])


def _are_labels(tags: Mapping[str, int]) -> bool:
    """Return whether tags are labels of spans in IO: most are `O`, or it is the most frequent among longer ones."""
    others = {tag: count for tag, count in tags.items() if tag != "O"}
    outside = tags.get("O", 0)
    if not others or not outside:
        return False
    is_first = outside >= max(others.values()) and all(len(tag) > 1 for tag in others)
    return outside > sum(others.values()) or is_first
