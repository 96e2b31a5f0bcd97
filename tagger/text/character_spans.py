"""Turn a text with spans given by character offsets into sentences of tagged words."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from tagger.errors import DataError
from tagger.text.remarks import Remarks
from tagger.text.scheme import tags_from_spans
from tagger.text.sentence import Sentence
from tagger.text.span_offsets import Piece, trimmed
from tagger.text.tokenize import tokenize

_IN_PYTHON = " (in Python repair=True of tagger.read)"


class CharacterSpan(NamedTuple):
    """A label over the characters from `start` up to, but not including, `end`.

    `place` is where the span stands in its file, for messages; empty where it has no line of its own. `score` is how
    probable its annotator finds it, from 0 to 1.
    """

    start: int
    end: int
    label: str
    place: str = ""
    score: float = 1.0


def tag_character_spans(
    text: str,
    spans: Sequence[CharacterSpan],
    task: str,
    *,
    words: Sequence[Piece] = (),
    repair: bool = False,
    remarks: Remarks | None = None,
    place: str = "",
) -> list[Sentence]:
    """Tokenize a text and return its sentences, with the spans as IOB2 tags of one task.

    Every span is kept exactly, except for white space at its ends: a word is cut where a span begins or ends inside it,
    and sentences are joined where a span crosses their boundary. `words` replace the tokenizer's; they are in order and
    all of the text but white space. A span that stands twice is read once. `repair` keeps the longest of spans that
    overlap, and leaves out those without a word. What is cut, joined or left out is added to `remarks`, at `place`.
    Raises DataError for spans that leave the text and, without `repair`, for those that overlap or have no word.
    """
    remarks = Remarks() if remarks is None else remarks
    ordered = separate_spans(text, spans, repair=repair, remarks=remarks, place=place)
    sentences = list(tokenize(text))
    if words:
        sentences = [_of_words(sentence, words, text) for sentence in _joined(sentences, words, text)]
    joined = _joined(sentences, ordered, text)
    if len(joined) < len(sentences):
        what = "sentences joined to the one before, because a span goes on in them"
        remarks.add(what, place, len(sentences) - len(joined))
    tagged = []
    at = 0
    for sentence in joined:
        first = at
        while at < len(ordered) and ordered[at].start < sentence.end:
            at += 1
        inside = ordered[first:at]
        starts, ends = _places(sentence)
        cutting = [span for span in inside if span.start not in starts or span.end not in ends]
        if cutting:
            sentence = _cut(sentence, inside)
            starts, ends = _places(sentence)
        for span in cutting:
            remarks.add("spans that begin or end inside a word, which is cut there", span.place or place)
        by_token = [(span.label, starts[span.start], ends[span.end]) for span in inside]
        tagged.append(sentence.with_tags(task, tags_from_spans(by_token, len(sentence), "IOB2")))
    return tagged


def separate_spans(
    text: str, spans: Sequence[CharacterSpan], *, repair: bool, remarks: Remarks, place: str
) -> list[CharacterSpan]:
    """Return spans as `tag_character_spans` reads them: in order, without white space at their ends, none twice.

    `repair` leaves out those that overlap a longer one. Raises DataError as `tag_character_spans` does.
    """
    return _without_overlaps(_trimmed(text, spans, repair, remarks, place), repair, remarks, place)


def _places(sentence: Sentence) -> tuple[dict[int, int], dict[int, int]]:
    """Return the places of words in the sentence by the offsets of their starts, and by those of their ends."""
    numbers = range(len(sentence))
    return dict(zip(sentence.starts, numbers, strict=True)), dict(zip(sentence.ends, numbers, strict=True))


def _named(span: CharacterSpan) -> str:
    return f"{span.label[:60]} ({span.start} to {span.end}{', ' + span.place if span.place else ''})"


def _trimmed(
    text: str,
    spans: Sequence[CharacterSpan],
    repair: bool,
    remarks: Remarks,
    place: str,
) -> list[CharacterSpan]:
    """Return the spans without white space at their ends, each of them once, in the order in which they begin."""
    found: dict[tuple[int, int, str], CharacterSpan] = {}
    for span in spans:
        if not 0 <= span.start < span.end <= len(text):
            raise DataError(f"the span {_named(span)} is not inside the {len(text)} characters of the text")
        start, end = trimmed(text, Piece(span.start, span.end))
        if (start, end) != span[:2] and start < end:
            remarks.add("spans with white space at their ends, read without it", span.place or place)
        if start == end:
            if not repair:
                raise DataError(f"the span {_named(span)} holds no word; --repair leaves such spans out{_IN_PYTHON}")
            remarks.add("spans without a word, left out", span.place or place)
        elif (start, end, span.label) in found:
            remarks.add("spans that stand twice, read once", span.place or place)
        else:
            found[start, end, span.label] = span._replace(start=start, end=end)
    # Of several labels over the same characters, the first one stays first.
    return sorted(found.values(), key=lambda span: (span.start, span.end))


def _without_overlaps(
    ordered: list[CharacterSpan],
    repair: bool,
    remarks: Remarks,
    place: str,
) -> list[CharacterSpan]:
    """Return the spans that do not overlap: all of them or, with `repair`, the longest of those that do."""
    overlap = next(((one, other) for one, other in pairwise(ordered) if other.start < one.end), None)
    if overlap is None:
        return ordered
    if not repair:
        raise DataError(
            f"the spans {_named(overlap[0])} and {_named(overlap[1])} overlap; tags cannot write both: --repair keeps "
            f"the longest, and counts the others{_IN_PYTHON}"
        )
    kept: list[CharacterSpan] = []  # by their places in the text
    for span in sorted(ordered, key=lambda span: (span.start - span.end, span.start)):
        at = bisect_left(kept, span.start, key=lambda other: other.start)
        if (at == 0 or kept[at - 1].end <= span.start) and (at == len(kept) or span.end <= kept[at].start):
            kept.insert(at, span)
    left = set(ordered).difference(kept)
    for span in ordered:
        if span in left:
            remarks.add("spans that overlap a longer one, left out", span.place or place)
    return kept


def _of_words(sentence: Sentence, words: Sequence[Piece], text: str) -> Sentence:
    """Return the sentence with those of the words that are in it, in place of the tokenizer's."""
    first = bisect_left(words, sentence.start, key=lambda word: word.start)
    last = bisect_left(words, sentence.end, key=lambda word: word.start)
    inside = words[first:last]
    starts, ends = zip(*inside, strict=True)
    spaces = (*(one.end < other.start for one, other in pairwise(inside)), sentence.space_after[-1])
    return replace(
        sentence,
        words=tuple(text[start:end] for start, end in inside),
        starts=starts,
        ends=ends,
        space_after=spaces,
    )


def _joined(sentences: Sequence[Sentence], spans: Sequence[CharacterSpan | Piece], text: str) -> list[Sentence]:
    """Return the sentences, joined where a span crosses their boundary.

    `spans` are sorted and do not overlap.
    """
    groups: list[list[Sentence]] = []
    at = 0
    for sentence in sentences:
        while at < len(spans) and spans[at].end <= sentence.start:
            at += 1
        if groups and at < len(spans) and spans[at].start < sentence.start:
            groups[-1].append(sentence)
        else:
            groups.append([sentence])
    return [group[0] if len(group) == 1 else _one(group, text) for group in groups]


def _one(group: Sequence[Sentence], text: str) -> Sentence:
    return Sentence(
        tuple(word for sentence in group for word in sentence.words),
        tuple(start for sentence in group for start in sentence.starts),
        tuple(end for sentence in group for end in sentence.ends),
        tuple(space for sentence in group for space in sentence.space_after),
        text[group[0].start : group[-1].end],
        group[0].start,
    )


def _cut(sentence: Sentence, spans: Sequence[CharacterSpan]) -> Sentence:
    """Return the sentence with its words cut where a span begins or ends inside one."""
    cuts = [place for span in spans for place in (span.start, span.end)]
    pieces: list[tuple[str, int, int, bool]] = []
    at = 0
    for token in sentence:
        begin = token.start
        while at < len(cuts) and cuts[at] < token.end:
            if cuts[at] > begin:
                pieces.append((token.text[begin - token.start : cuts[at] - token.start], begin, cuts[at], False))
                begin = cuts[at]
            at += 1
        pieces.append((token.text[begin - token.start :], begin, token.end, token.space_after))
    words, starts, ends, spaces = zip(*pieces, strict=True)
    return replace(sentence, words=words, starts=starts, ends=ends, space_after=spaces)
