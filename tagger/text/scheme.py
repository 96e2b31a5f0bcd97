"""Tagging schemes: how labelled spans are written as one tag per token.

Everything here follows from one predicate, `may_follow`, in which the start and the end of a sentence are tags like
any other. IOB1: Ramshaw and Marcus (1995); IOE1, IOE2: Tjong Kim Sang and Veenstra (1999); IOB2: CoNLL-2002; IOBES:
Uchimoto et al. (2000); BILOU: Ratinov and Roth (2009).

The tag "" is that of a token that is not annotated. It may stand anywhere.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from tagger.errors import DataError

SCHEME_PREFIXES = {
    "IOB1": "BI",
    "IOB2": "BI",
    "IOBES": "BIES",
    "BILOU": "BILU",
    "BMES": "BMES",
    "BMEWO": "BMEW",
    "IOE1": "IE",
    "IOE2": "IE",
    "IO": "I",
}
"""The prefixes of each scheme; those of four are the first, an inner, the last and the only token of a span."""
SCHEMES = tuple(SCHEME_PREFIXES)
DETECTION_ORDER = ("IOB2", "IOBES", "BILOU", "BMES", "BMEWO", "IOB1", "IOE2", "IOE1", "IO")
"""The schemes in order of preference, for tags that are valid in several."""
MERGING_SCHEMES = frozenset(("IOB1", "IOE1", "IO"))
"""Schemes in which neighbouring spans of one label are one run of `I-`, unless another prefix separates them."""
UNTYPED = "ENTITY"
"""The label of a span whose tags have none, such as `B`."""
_ROLES = {"B": "B", "I": "I", "M": "I", "E": "E", "L": "E", "S": "S", "U": "S", "W": "S"}
"""The prefix in IOBES that means what a prefix of any scheme means."""
_MOST_PAIRS = 1 << 16
"""Different pairs of neighbouring tags beyond which plain tags are no longer told apart."""


def split_tag(tag: str | None) -> tuple[str, str]:
    """Split a tag into prefix and label: `B-PER` is `("B", "PER")`.

    `O` and None, the start or the end of a sentence, have the prefix `O` and no label. A tag that is no span tag, such
    as `NOUN` or `B-`, has the prefix `""` and is its own label.
    """
    if tag is None or tag == "O":
        return "O", ""
    if len(tag) > 2 and tag[1] == "-" and tag[0] in _ROLES:
        return tag[0], tag[2:]
    return "", tag


def span_labels(tags: Iterable[str]) -> list[str]:
    """Return the labels of the spans that tags mark, each once, in their order."""
    return list(dict.fromkeys(label for _, label in map(split_tag, tags) if label))


def may_follow(scheme: str, previous: str | None, current: str | None) -> bool:
    """Return whether a tag may follow another.

    None as `previous` means the start of the sentence, as `current` its end.
    """
    if previous == "" or current == "":
        return True
    before, label_before = split_tag(previous)
    after, label = split_tag(current)
    if after != "O" and (after == "" or after not in SCHEME_PREFIXES[scheme]):
        return False
    before, after = _ROLES.get(before, before), _ROLES.get(after, after)
    same = label == label_before
    if scheme == "IO":
        return True
    if scheme == "IOB1":  # B- only separates a span from an adjacent one with the same label
        return after != "B" or (before in ("B", "I") and same)
    if scheme == "IOB2":
        return after != "I" or (before in ("B", "I") and same)
    if scheme == "IOE1":  # E- only separates a span from an adjacent one with the same label
        return before != "E" or (after in ("I", "E") and same)
    if scheme == "IOE2":
        return before != "I" or (after in ("I", "E") and same)
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
    open_label = None  # of the span that the next token may continue
    for place, tag in enumerate(tags):
        prefix, label = split_tag(tag)
        role = _ROLES.get(prefix)
        if role in ("I", "E") and label == open_label:
            spans[-1] = (label, spans[-1][1], place)
        elif role:
            spans.append((label, place, place))
        open_label = label if role in ("B", "I") else None
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
        if len(SCHEME_PREFIXES[scheme]) == 4:
            begin, inside, end, single = (f"{prefix}-{label}" for prefix in SCHEME_PREFIXES[scheme])
            tags[first : last + 1] = [begin, *[inside] * (last - first - 1), end] if first < last else [single]
        elif scheme == "IOE2":
            tags[last] = f"E-{label}"
        elif scheme == "IOE1":
            if first and may_follow("IOE1", f"E-{label}", tags[first - 1]) and tags[first - 1] != "O":
                tags[first - 1] = f"E-{label}"
        elif scheme == "IOB2" or (
            scheme == "IOB1" and may_follow("IOB1", tags[first - 1] if first else None, f"B-{label}")
        ):
            tags[first] = f"B-{label}"
    return tags


def convert_tags(tags: Sequence[str], source: str, target: str) -> list[str]:
    """Return the tags of the same spans in another scheme.

    A token that is not annotated stays so. After one, a tag that only continues a span in `source` is `I-`. Raises
    DataError at a tag that `source` forbids.
    """
    invalid = invalid_positions(tags, source)
    if invalid:
        raise DataError(f"tag {invalid[0] + 1}: {describe_invalid(tags, invalid[0], source)}")
    return _with_gaps(tags_from_spans(spans_from_tags(tags), len(tags), target), tags, source)


def repair_tags(tags: Sequence[str], scheme: str) -> list[str]:
    """Return valid tags with the spans that conlleval would read.

    A tag without a prefix, such as `PER`, is read as the inside of a span. Only one without a name, such as `0` or
    `-`, becomes `O`.
    """
    named = [tag if tag in ("", "O") or split_tag(tag)[0] else _inside_of(tag) for tag in tags]
    return _with_gaps(tags_from_spans(spans_from_tags(named), len(tags), scheme), named, scheme)


def _inside_of(tag: str) -> str:
    """Return the tag of the inside of a span for a tag that has no prefix, or only a prefix."""
    if tag == "o" or not any(map(str.isalpha, tag)):
        return "O"
    return f"{tag[0]}-{UNTYPED}" if tag[0] in _ROLES and tag[1:] in ("", "-") else f"I-{tag}"


def _with_gaps(converted: list[str], tags: Sequence[str], source: str) -> list[str]:
    """Return converted tags with the gaps of tags that are not annotated."""
    if "" not in tags:
        return converted
    only_continues = ("I", "E") if source not in MERGING_SCHEMES and source != "IOE2" else ()
    for place, (previous, tag) in enumerate(zip(("O", *tags), tags, strict=False)):
        prefix, label = split_tag(tag)
        if tag == "":
            converted[place] = ""
        elif previous == "" and _ROLES.get(prefix) in only_continues:
            converted[place] = f"I-{label}"
    return converted


class SchemeDetector:
    """Detects the scheme of a column of tags, sentence by sentence.

    Only pairs of neighbouring tags decide whether a sequence is valid, so it counts the pairs and keeps nothing else.
    Where the pairs are so many that the tags can hardly be those of spans, all tags without a prefix count as one:
    memory does not grow with the corpus.
    """

    def __init__(self) -> None:
        self._pairs: Counter[tuple[str | None, str | None]] = Counter()
        self._merges_plain_tags = False

    def add(self, tags: Sequence[str]) -> None:
        """Count the tags of one sentence."""
        if self._merges_plain_tags:
            tags = [_merged(tag) for tag in tags]
        self._pairs.update(zip((None, *tags), (*tags, None), strict=True))
        if len(self._pairs) > _MOST_PAIRS and not self._merges_plain_tags:
            self._merges_plain_tags = True
            self._pairs = self._renamed(_merged)

    def include(self, other: "SchemeDetector") -> None:
        """Add the counts of another."""
        self._pairs.update(other._pairs)

    def respelled(self, read: Callable[[str], str]) -> "SchemeDetector":
        """Return the detector of the same tags in another spelling, which `read` gives for each tag."""
        other = SchemeDetector()
        other._pairs = self._renamed(read)
        return other

    def _renamed(self, rename: Callable[[str], str]) -> Counter[tuple[str | None, str | None]]:
        names = {tag: rename(tag) for tag in self.tags}
        pairs: Counter[tuple[str | None, str | None]] = Counter()
        for (previous, current), count in self._pairs.items():
            before = None if previous is None else names[previous]
            pairs[before, None if current is None else names[current]] += count
        return pairs

    @property
    def tags(self) -> Counter[str]:
        """How often each tag occurs; "" counts the tokens that are not annotated."""
        tags: Counter[str] = Counter()
        for (_, current), count in self._pairs.items():
            if current is not None:
                tags[current] += count
        return tags

    @property
    def span_tags(self) -> int:
        """The number of tags with a prefix, such as `B-PER`."""
        return sum(count for tag, count in self.tags.items() if split_tag(tag)[0] not in ("", "O"))

    @property
    def other_tags(self) -> int:
        """The number of plain tags, such as `NOUN`; `O` is not one of them."""
        return sum(count for tag, count in self.tags.items() if tag and split_tag(tag)[0] == "")

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
        """The scheme with the fewest violations; of several, the one that has the prefixes of the most tags."""
        prefixes: Counter[str] = Counter()
        for tag, count in self.tags.items():
            prefixes[split_tag(tag)[0]] += count
        covered = {scheme: sum(prefixes[prefix] for prefix in SCHEME_PREFIXES[scheme]) for scheme in DETECTION_ORDER}
        return min(DETECTION_ORDER, key=lambda scheme: (self.violations(scheme), -covered[scheme]))

    def violations(self, scheme: str) -> int:
        """Return how many tags the scheme forbids where they stand."""
        return sum(count for pair, count in self._pairs.items() if not may_follow(scheme, *pair))


def _merged(tag: str) -> str:
    """Return a tag, or one for all tags that have no prefix."""
    return tag if tag in ("", "O") or split_tag(tag)[0] else "."
