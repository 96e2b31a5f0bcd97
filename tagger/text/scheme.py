"""Tagging schemes: how labelled spans are written as one tag a token.

Everything here follows from one predicate, `may_follow`, in which the start and the end of a sentence are tags like
any other. IOB1 is Ramshaw and Marcus's (1995), IOB2 that of CoNLL-2002, IOBES that of Uchimoto et al. (2000).
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from tagger.errors import DataError

SCHEMES = ("IOB1", "IOB2", "IOBES")
DETECTION_ORDER = ("IOB2", "IOBES", "IOB1")
SCHEME_PREFIXES = {"IOB1": "BI", "IOB2": "BI", "IOBES": "BIES"}
# Also the letters of BILOU, BMES and their kin, which are spans although no scheme here writes them.
SPAN_PREFIXES = frozenset("BIESLUMW")


def split_tag(tag: str | None) -> tuple[str, str]:
    """Prefix and label, split at the first hyphen: `B-PER` is `("B", "PER")`. Outside, the start and the end of a
    sentence (None) have the prefix `O`; what is no tag of a span, such as `NOUN` or `B-`, has none."""
    if tag is None or tag == "O":
        return "O", ""
    if len(tag) > 2 and tag[1] == "-" and tag[0] in SPAN_PREFIXES:
        return tag[0], tag[2:]
    return "", tag


def may_follow(scheme: str, previous: str | None, current: str | None) -> bool:
    """Whether a tag may stand after another; None is the start of the sentence as `previous`, its end as `current`."""
    before, label_before = split_tag(previous)
    after, label = split_tag(current)
    if after != "O" and (after == "" or after not in SCHEME_PREFIXES[scheme]):
        return False
    same = label == label_before
    if scheme == "IOB1":  # B- only parts a span from one of the same label right before it
        return after != "B" or (before in ("B", "I") and same)
    if scheme == "IOB2":
        return after != "I" or (before in ("B", "I") and same)
    return (before in ("B", "I")) == (after in ("I", "E")) and (same or after not in ("I", "E"))


def invalid_positions(tags: Sequence[str], scheme: str) -> list[int]:
    """The places of tags that may not stand where they do; `len(tags)` where the sentence ends inside a span."""
    pairs = zip((None, *tags), (*tags, None), strict=True)
    return [place for place, (previous, current) in enumerate(pairs) if not may_follow(scheme, previous, current)]


def describe_invalid(tags: Sequence[str], place: int, scheme: str) -> str:
    """What is wrong at one of the `invalid_positions`, in words."""
    before = repr(tags[place - 1]) if place else "the start of the sentence"
    if place == len(tags):
        return f"the sentence may not end after {before} in {scheme}"
    prefix, _ = split_tag(tags[place])
    if prefix != "O" and (prefix == "" or prefix not in SCHEME_PREFIXES[scheme]):
        return f"{tags[place]!r} is not a tag of {scheme}"
    return f"{tags[place]!r} may not follow {before} in {scheme}"


def spans_from_tags(tags: Sequence[str]) -> list[tuple[str, int, int]]:
    """The spans as (label, first, last), both tokens inside, whatever the scheme.

    Invalid sequences are read as conlleval and seqeval's default mode read them: a token goes on with the span before
    it only where the label is the same and neither tag parts them; otherwise it begins a span of its own.
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
    """Spans written as one tag a token. Raises DataError where two spans overlap or one leaves the sentence."""
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
    """The same spans in another scheme. Raises DataError, with the place, at a tag that the source's scheme forbids."""
    invalid = invalid_positions(tags, source)
    if invalid:
        raise DataError(f"tag {invalid[0] + 1}: {describe_invalid(tags, invalid[0], source)}")
    return tags_from_spans(spans_from_tags(tags), len(tags), target)


def repair_tags(tags: Sequence[str], scheme: str) -> list[str]:
    """The valid sequence whose spans are those that conlleval would read; what is no tag of a span becomes `O`."""
    return tags_from_spans(spans_from_tags(tags), len(tags), scheme)


class SchemeDetector:
    """Finds the scheme of a column of tags, sentence by sentence, in memory that does not grow with the corpus.

    Whether a sequence is valid depends on neighbouring tags alone, so it is enough to count the pairs that occur.
    """

    def __init__(self) -> None:
        self.span_tags = 0
        self.other_tags = 0
        self._pairs: Counter[tuple[str | None, str | None]] = Counter()

    def add(self, tags: Sequence[str]) -> None:
        """Take one sentence's tags into account."""
        seen: list[str] = []
        for tag in tags:
            prefix, _ = split_tag(tag)
            self.span_tags += prefix not in ("", "O")
            self.other_tags += prefix == ""
            seen.append(tag if prefix else "")  # all plain tags are one, so that the pairs stay few
        self._pairs.update(zip((None, *seen), (*seen, None), strict=True))

    @property
    def looks_like_spans(self) -> bool:
        """Whether tags such as `B-PER` outnumber those that are neither such nor `O`."""
        return self.span_tags > self.other_tags

    @property
    def scheme(self) -> str | None:
        """The scheme that all sequences keep to (IOB2 before IOBES before IOB1 where several do); None for plain tags,
        and for spans (`looks_like_spans`) whose tags break every scheme."""
        return self.closest if self.looks_like_spans and not self.violations(self.closest) else None

    @property
    def closest(self) -> str:
        """The scheme that the fewest tags break."""
        return min(DETECTION_ORDER, key=self.violations)

    def violations(self, scheme: str) -> int:
        """How many times a tag stood where the scheme forbids it."""
        return sum(count for pair, count in self._pairs.items() if not may_follow(scheme, *pair))


def detect_scheme(sequences: Iterable[Sequence[str]]) -> str | None:
    """The scheme of all of these sequences, or None for plain tags. Raises DataError for spans that fit no scheme; use
    `SchemeDetector` to find out which tags break the closest one."""
    detector = SchemeDetector()
    for tags in sequences:
        detector.add(tags)
    if detector.looks_like_spans and detector.scheme is None:
        closest = detector.closest
        raise DataError(
            f"the tags look like spans but fit none of {', '.join(SCHEMES)}: {detector.violations(closest)} of them "
            f"break {closest}, the closest; name the scheme and have them repaired, or mend the source"
        )
    return detector.scheme
