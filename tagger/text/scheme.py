"""Tagging schemes: how labelled spans are written as one tag per token.

Everything here follows from one predicate, `may_follow`, in which the start and the end of a sentence are tags like
any other. IOB1: Ramshaw and Marcus (1995); IOB2: CoNLL-2002; IOBES: Uchimoto et al. (2000).
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from tagger.errors import DataError

SCHEMES = ("IOB1", "IOB2", "IOBES")
DETECTION_ORDER = ("IOB2", "IOBES", "IOB1")
"""The schemes in order of preference, for tags that are valid in several."""
SCHEME_PREFIXES = {"IOB1": "BI", "IOB2": "BI", "IOBES": "BIES"}
# Includes the prefixes of BILOU, BMES and the like: they mark spans too, although no scheme here uses them.
_SPAN_PREFIXES = frozenset("BIESLUMW")


def split_tag(tag: str | None) -> tuple[str, str]:
    """Split a tag into prefix and label: `B-PER` is `("B", "PER")`.

    `O` and None, the start or the end of a sentence, have the prefix `O` and no label. A tag that is no span tag, such
    as `NOUN` or `B-`, has the prefix `""` and is its own label.
    """
    if tag is None or tag == "O":
        return "O", ""
    if len(tag) > 2 and tag[1] == "-" and tag[0] in _SPAN_PREFIXES:
        return tag[0], tag[2:]
    return "", tag


def may_follow(scheme: str, previous: str | None, current: str | None) -> bool:
    """Return whether a tag may follow another.

    None as `previous` means the start of the sentence, as `current` its end.
    """
    before, label_before = split_tag(previous)
    after, label = split_tag(current)
    if after != "O" and (after == "" or after not in SCHEME_PREFIXES[scheme]):
        return False
    same = label == label_before
    if scheme == "IOB1":  # B- only separates a span from an adjacent one with the same label
        return after != "B" or (before in ("B", "I") and same)
    if scheme == "IOB2":
        return after != "I" or (before in ("B", "I") and same)
    return (before in ("B", "I")) == (after in ("I", "E")) and (same or after not in ("I", "E"))


def invalid_positions(tags: Sequence[str], scheme: str) -> list[int]:
    """Return the places of tags that the scheme forbids there.

    The place `len(tags)` stands for a sentence that ends inside a span.
    """
    pairs = zip((None, *tags), (*tags, None), strict=True)
    return [place for place, (previous, current) in enumerate(pairs) if not may_follow(scheme, previous, current)]


def describe_invalid(tags: Sequence[str], place: int, scheme: str) -> str:
    """Return a sentence on what is wrong at one of the `invalid_positions`."""
    before = repr(tags[place - 1]) if place else "the start of the sentence"
    if place == len(tags):
        return f"the sentence may not end after {before} in {scheme}"
    prefix, _ = split_tag(tags[place])
    if prefix != "O" and (prefix == "" or prefix not in SCHEME_PREFIXES[scheme]):
        return f"{tags[place]!r} is not a tag of {scheme}"
    return f"{tags[place]!r} may not follow {before} in {scheme}"


def spans_from_tags(tags: Sequence[str]) -> list[tuple[str, int, int]]:
    """Return the spans of tags in any scheme: (label, first token, last token), inclusive.

    Invalid sequences are read as by conlleval and by seqeval's default mode: a token continues the span before it only
    if the labels are equal and neither tag separates them; otherwise it begins a new span.
    """
    spans: list[tuple[str, int, int]] = []
    previous = None
    for place, tag in enumerate(tags):
        prefix, label = split_tag(tag)
        if prefix in ("I", "E") and may_follow("IOBES", previous, tag):
            spans[-1] = (label, spans[-1][1], place)
        elif prefix in ("B", "I", "E", "S"):
            spans.append((label, place, place))
        previous = tag
    return spans


def tags_from_spans(spans: Iterable[tuple[str, int, int]], length: int, scheme: str) -> list[str]:
    """Return the tags of a sentence of `length` tokens with these spans.

    A span is (label, first token, last token), both inclusive. Raises DataError where two spans overlap or a span is
    not inside the sentence.
    """
    tags = ["O"] * length
    for label, first, last in sorted(spans, key=lambda span: span[1:]):
        if not 0 <= first <= last < length:
            raise DataError(f"the span {label} over tokens {first} to {last} is not inside {length} tokens")
        if any(tag != "O" for tag in tags[first : last + 1]):
            raise DataError(f"the span {label} over tokens {first} to {last} overlaps another; tags cannot write both")
        tags[first : last + 1] = [f"I-{label}"] * (last + 1 - first)
        if scheme == "IOBES" and first == last:
            tags[first] = f"S-{label}"
        elif scheme == "IOBES":
            tags[first], tags[last] = f"B-{label}", f"E-{label}"
        elif scheme == "IOB2" or may_follow("IOB1", tags[first - 1] if first else None, f"B-{label}"):
            tags[first] = f"B-{label}"
    return tags


def convert_tags(tags: Sequence[str], source: str, target: str) -> list[str]:
    """Return the tags of the same spans in another scheme.

    Raises DataError at a tag that `source` forbids.
    """
    invalid = invalid_positions(tags, source)
    if invalid:
        raise DataError(f"tag {invalid[0] + 1}: {describe_invalid(tags, invalid[0], source)}")
    return tags_from_spans(spans_from_tags(tags), len(tags), target)


def repair_tags(tags: Sequence[str], scheme: str) -> list[str]:
    """Return valid tags with the spans that conlleval would read.

    A tag that is no span tag becomes `O`.
    """
    return tags_from_spans(spans_from_tags(tags), len(tags), scheme)


class SchemeDetector:
    """Detects the scheme of a column of tags, sentence by sentence.

    Only pairs of neighbouring tags decide whether a sequence is valid, so it counts the pairs and keeps nothing else:
    memory does not grow with the corpus. `span_tags` and `other_tags` count the tags seen; `O` is neither.
    """

    def __init__(self) -> None:
        self.span_tags = 0
        self.other_tags = 0
        self._pairs: Counter[tuple[str | None, str | None]] = Counter()

    def add(self, tags: Sequence[str]) -> None:
        """Count the tags of one sentence."""
        seen: list[str] = []
        for tag in tags:
            prefix, _ = split_tag(tag)
            self.span_tags += prefix not in ("", "O")
            self.other_tags += prefix == ""
            seen.append(tag if prefix else "")  # all plain tags count as one, so that there are few pairs
        self._pairs.update(zip((None, *seen), (*seen, None), strict=True))

    @property
    def looks_like_spans(self) -> bool:
        """Whether span tags such as `B-PER` outnumber plain ones such as `NOUN`."""
        return self.span_tags > self.other_tags

    @property
    def scheme(self) -> str | None:
        """The first scheme of `DETECTION_ORDER` in which all tags are valid.

        None for plain tags, and for span tags (`looks_like_spans`) that are valid in no scheme.
        """
        return self.closest if self.looks_like_spans and not self.violations(self.closest) else None

    @property
    def closest(self) -> str:
        """The scheme with the fewest violations."""
        return min(DETECTION_ORDER, key=self.violations)

    def violations(self, scheme: str) -> int:
        """Return how many tags the scheme forbids where they stand."""
        return sum(count for pair, count in self._pairs.items() if not may_follow(scheme, *pair))
