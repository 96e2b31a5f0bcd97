"""A text in which spans are marked by characters, made into sentences of tagged words."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from tagger.errors import DataError
from tagger.text.scheme import tags_from_spans
from tagger.text.sentence import Sentence


class CharacterSpan(NamedTuple):
    """A label over the characters from `start` up to `end`."""

    start: int
    end: int
    label: str


def tag_character_spans(text: str, marks: Sequence[CharacterSpan], task: str) -> list[Sentence]:
    """The sentences of a text, with the marks as the IOB2 tags of one task.

    Each mark is kept exactly, but for white space at its ends: a word is cut in two where a mark begins or ends inside
    it, and sentences that a mark crosses are made one. Raises DataError for marks that overlap or hold no word.
    """
    from tagger.text.tokenize import tokenize

    ordered = sorted(_trimmed(text, mark) for mark in marks)
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
        spans = [(mark.label, starts[mark.start], ends[mark.end]) for mark in ordered[first:at]]
        tagged.append(cut.with_tags(task, tags_from_spans(spans, len(cut), "IOB2")))
    return tagged


def _named(mark: CharacterSpan) -> str:
    return f"{mark.label} ({mark.start} to {mark.end})"


def _trimmed(text: str, mark: CharacterSpan) -> CharacterSpan:
    if not 0 <= mark.start < mark.end <= len(text):
        raise DataError(f"the span {_named(mark)} is not inside the {len(text)} characters of the text")
    inner = text[mark.start : mark.end]
    if not inner.strip():
        raise DataError(f"the span {_named(mark)} holds no word")
    start = mark.start + len(inner) - len(inner.lstrip())
    return CharacterSpan(start, start + len(inner.strip()), mark.label)


def _joined(sentences: Sequence[Sentence], marks: Sequence[CharacterSpan], text: str) -> list[Sentence]:
    """The sentences, those that a mark crosses made one; `marks` are in order and apart."""
    groups: list[list[Sentence]] = []
    at = 0
    for sentence in sentences:
        while at < len(marks) and marks[at].end <= sentence.start:
            at += 1
        if groups and at < len(marks) and marks[at].start < sentence.start:
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


def _cut(sentence: Sentence, marks: Sequence[CharacterSpan]) -> Sentence:
    """The sentence with its words cut where a mark begins or ends inside one."""
    cuts = [place for mark in marks for place in (mark.start, mark.end)]
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
