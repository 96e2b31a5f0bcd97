"""The raw text of a corpus: its sentences put together again as paragraphs, with the places of tokens and sentences.

A segmenter learns from this text, and scores of raw text are taken on it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from tagger.text.sentence import Sentence

PARAGRAPH_END = "\n\n"
"""What stands between two paragraphs of a raw text: a blank line."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """The text of consecutive sentences without a blank line, and the sentences, whose offsets count in `text`."""

    text: str
    sentences: tuple[Sentence, ...]


def knows_white_space(sentences: Iterable[Sentence]) -> bool:
    """Return whether the white space of some sentence is known; reads up to the first of these."""
    return any(sentence.after is not None for sentence in sentences)


def paragraphs(sentences: Iterable[Sentence], *, longest: int = 0) -> Iterator[Paragraph]:
    """Yield the paragraphs of a split, for whose sentences white space is known (`Sentence.after`).

    A paragraph begins with each sentence that is marked so, after a sentence that a blank line follows, and after
    `longest` sentences where that is not 0: sources without any paragraphs are one endless one. Sentences whose white
    space is unknown are left out.
    """
    held: list[Sentence] = []
    for sentence in sentences:
        if sentence.after is None:
            continue
        if held and (sentence.paragraph or _has_blank_line(held[-1].after) or (longest and len(held) >= longest)):
            yield _joined(held)
            held = []
        held.append(sentence)
    if held:
        yield _joined(held)


def _has_blank_line(after: str | None) -> bool:
    return after is not None and after.count("\n") > 1


def _joined(sentences: list[Sentence]) -> Paragraph:
    """Return the paragraph of these sentences."""
    parts: list[str] = []
    placed: list[Sentence] = []
    length, gap = 0, ""
    for sentence in sentences:
        placed.append(moved(sentence, length + len(gap)))
        parts += [gap, sentence.text]
        length += len(gap) + len(sentence.text)
        gap = sentence.after or ""
    return Paragraph("".join(parts), tuple(placed))


def moved(sentence: Sentence, start: int) -> Sentence:
    """Return the sentence with its offsets counted from `start`, where its text begins."""
    shift = start - sentence.start
    starts, ends = (tuple(at + shift for at in offsets) for offsets in (sentence.starts, sentence.ends))
    return replace(sentence, starts=starts, ends=ends, start=start)
