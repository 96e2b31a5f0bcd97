"""Turn a text with spans given by character offsets into sentences of tagged words."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from tagger.errors import DataError
from tagger.text.scheme import tags_from_spans
from tagger.text.sentence import Sentence
from tagger.text.tokenize import tokenize


class CharacterSpan(NamedTuple):
    """A label over the characters from `start` up to, but not including, `end`."""

    start: int
    end: int
    label: str


def tag_character_spans(text: str, spans: Sequence[CharacterSpan], task: str) -> list[Sentence]:
    """Tokenize a text and return its sentences, with the spans as IOB2 tags of one task.

    Every span is kept exactly, except for white space at its ends: a word is cut where a span begins or ends inside it,
    and sentences are joined where a span crosses their boundary. Raises DataError for spans that overlap, have no
    word or leave the text.
    """
    ordered = sorted(_trimmed(text, span) for span in spans)
    for one, other in pairwise(ordered):
        if other.start < one.end:
            raise DataError(f"the spans {_named(one)} and {_named(other)} overlap; tags cannot write both")
    tagged = []
    at = 0
    for sentence in _joined(list(tokenize(text)), ordered, text):
        first = at
        while at < len(ordered) and ordered[at].start < sentence.end:
            at += 1
        cut = _cut(sentence, ordered[first:at])
        starts = {start: index for index, start in enumerate(cut.starts)}
        ends = {end: index for index, end in enumerate(cut.ends)}
        by_token = [(span.label, starts[span.start], ends[span.end]) for span in ordered[first:at]]
        tagged.append(cut.with_tags(task, tags_from_spans(by_token, len(cut), "IOB2")))
    return tagged


def _named(span: CharacterSpan) -> str:
    return f"{span.label} ({span.start} to {span.end})"


def _trimmed(text: str, span: CharacterSpan) -> CharacterSpan:
    if not 0 <= span.start < span.end <= len(text):
        raise DataError(f"the span {_named(span)} is not inside the {len(text)} characters of the text")
    inner = text[span.start : span.end]
    if not inner.strip():
        raise DataError(f"the span {_named(span)} holds no word")
    start = span.start + len(inner) - len(inner.lstrip())
    return CharacterSpan(start, start + len(inner.strip()), span.label)


def _joined(sentences: Sequence[Sentence], spans: Sequence[CharacterSpan], text: str) -> list[Sentence]:
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
