"""The texts of `docs/english` with the parts of speech and names that are right, and what a model has other than these.

A text `NAME.txt` has its annotation in `NAME.gold`, a sentence a line: `word/UPOS`, and `word/UPOS/B-LOC` in names.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tagger.errors import DataError
from tagger.evaluation.raw_scores import RawSums, sum_up_text
from tagger.evaluation.word_alignment import aligned_words, segmentation, solid_offsets
from tagger.text.align import align
from tagger.text.sentence import Sentence, Span

PARTS_OF_SPEECH = "ADJ|ADP|ADV|AUX|CCONJ|DET|INTJ|NOUN|NUM|PART|PRON|PROPN|PUNCT|SCONJ|SYM|VERB|X"
LABELS = "PER|LOC|ORG"
UPOS, NAMES = "upos", "ner"
TASKS = {UPOS: None, NAMES: "IOB2"}
"""The tasks that are annotated, with their schemes."""
_WORD = re.compile(rf"(\S+)/({PARTS_OF_SPEECH})(?:/([BI]-(?:{LABELS})))?")
_CONTEXT = 28
"""Characters of the text that are shown before and after a mistake."""


@dataclass(frozen=True)
class WrongName:
    """A place where the names of a text and those that a model found differ."""

    gold: Span | None
    found: tuple[Span, ...]

    @property
    def kind(self) -> str:
        """What is wrong: `missed`, `invented`, `wrong label` or `wrong boundaries`."""
        if self.gold is None or not self.found:
            return "invented" if self.gold is None else "missed"
        same = len(self.found) == 1 and (self.found[0].start, self.found[0].end) == (self.gold.start, self.gold.end)
        return "wrong label" if same else "wrong boundaries"

    @property
    def place(self) -> tuple[int, int]:
        """The beginning and the end of all that is meant, in the text."""
        spans = (*self.found, *((self.gold,) if self.gold else ()))
        return min(span.start for span in spans), max(span.end for span in spans)


@dataclass(frozen=True)
class WrongCut:
    """A stretch of text that the model cut into other words than it has."""

    gold: tuple[str, ...]
    found: tuple[str, ...]


@dataclass(frozen=True)
class Compared:
    """What a model found in a text, and where it differs from the annotation.

    `wrong_tags` counts words by the tag that the model gave, the right one, and the word; `right_tags` has the right
    tag of each of them by its beginning and end. `joined` and `broken` have the ends of sentences that the model missed
    and invented. All places are offsets in the text.
    """

    text: str
    found: Sequence[Sentence]
    sums: RawSums
    wrong_names: Sequence[WrongName]
    wrong_tags: Counter[tuple[str, str, str]]
    right_tags: Mapping[tuple[int, int], str]
    wrong_cuts: Counter[WrongCut]
    joined: Sequence[int]
    broken: Sequence[int]

    def around(self, start: int, end: int) -> tuple[str, str]:
        """Return the text before and after a place, cut between words."""
        before, after = self.text[max(0, start - _CONTEXT) : start], self.text[end : end + _CONTEXT]
        if start > _CONTEXT:
            before = re.sub(r"^\S*\s*", "", before)
        if end + _CONTEXT < len(self.text):
            after = re.sub(r"\s*\S*$", "", after)
        return before, after


def gold_sentences(text: str, annotation: Path) -> list[Sentence]:
    """Read the annotation of a text.

    Raises DataError where a word is not annotated as it should be, a name is continued that has not begun, or the words
    are not those of the text.
    """
    columns: list[tuple[list[str], list[str], list[str]]] = []
    for number, line in enumerate(annotation.read_text(encoding="utf-8").splitlines(), start=1):
        rows = [_annotated(word, f"{annotation}:{number}") for word in line.split()]
        if not rows:
            raise DataError(f"{annotation}:{number}: an empty line: write a sentence a line")
        names = [name for _, _, name in rows]
        for before, name in pairwise(["O", *names]):
            if name.startswith("I-") and before[2:] != name[2:]:
                raise DataError(f"{annotation}:{number}: {name} after {before}: a name begins with B-")
        columns.append(([word for word, _, _ in rows], [tag for _, tag, _ in rows], names))
    return list(_placed(text, columns, annotation))


def _annotated(word: str, place: str) -> tuple[str, str, str]:
    match = _WORD.fullmatch(word)
    if match is None:
        raise DataError(f"{place}: {word!r} is not annotated: write word/UPOS, and /B- or /I- with a label in a name")
    return match[1], match[2], match[3] or "O"


def _placed(
    text: str, columns: Sequence[tuple[list[str], list[str], list[str]]], annotation: Path
) -> Iterator[Sentence]:
    """Yield the sentences with the places of their words in the text."""
    words = [word for sentence, _, _ in columns for word in sentence]
    offsets = align(words, text)
    if offsets is None:
        raise DataError(f"{annotation}: the words are not those of the text{_first_difference(words, text)}")
    at = 0
    for sentence, tags, names in columns:
        places = offsets[at : at + len(sentence)]
        at += len(sentence)
        start, end = places[0][0], places[-1][1]
        yield Sentence(
            tuple(sentence),
            tuple(first for first, _ in places),
            tuple(last for _, last in places),
            tuple(text[last : last + 1].isspace() for _, last in places),
            text[start:end],
            start,
            tags={UPOS: tuple(tags), NAMES: tuple(names)},
        )


def _first_difference(words: Sequence[str], text: str) -> str:
    """Say at which word an annotation leaves its text."""
    rest = text
    for number, word in enumerate(words):
        rest = rest.lstrip()
        if not rest.startswith(word):
            before = " ".join(words[max(0, number - 4) : number])
            return f": after {before!r} it has {word!r}, the text {rest[:20]!r}"
        rest = rest.removeprefix(word)
    return f", which goes on: {rest.strip()[:20]!r}"


def compare(text: str, gold: Sequence[Sentence], found: Sequence[Sentence]) -> Compared:
    """Compare what a model found in a text with what is right."""
    solid = solid_offsets(text)
    ours, theirs = segmentation(gold, solid), segmentation(found, solid)
    gold_words = [token for sentence in gold for token in sentence]
    found_words = [token for sentence in found for token in sentence]
    wrong_tags: Counter[tuple[str, str, str]] = Counter()
    right_tags: dict[tuple[int, int], str] = {}
    for g, p in aligned_words(ours.words, theirs.words):
        right, given = gold_words[g][UPOS], found_words[p][UPOS]
        if right != given:
            wrong_tags[given, right, found_words[p].text] += 1
            right_tags[found_words[p].start, found_words[p].end] = right
    gold_ends, found_ends = ({each.ends[-1] for each in sentences if len(each)} for sentences in (gold, found))
    return Compared(
        text,
        found,
        sum_up_text(text, gold, found, TASKS),
        _wrong_names(gold, found),
        wrong_tags,
        right_tags,
        Counter(_wrong_cuts(gold, found)),
        sorted(gold_ends - found_ends),
        sorted(found_ends - gold_ends),
    )


def _wrong_names(gold: Sequence[Sentence], found: Sequence[Sentence]) -> list[WrongName]:
    """Return the names that differ, in the order of the text.

    A name that the model found in other words than it has, or in several parts, is one mistake.
    """
    ours, theirs = (
        {(span.start, span.end, span.label): span for sentence in sentences for span in sentence.spans(NAMES)}
        for sentences in (gold, found)
    )
    stray = {key: span for key, span in theirs.items() if key not in ours}
    wrong = []
    for key, span in ours.items():
        if key not in theirs:
            touching = [other for other in stray if other[0] < span.end and span.start < other[1]]
            wrong.append(WrongName(span, tuple(stray.pop(other) for other in touching)))
    wrong += [WrongName(None, (span,)) for span in stray.values()]
    return sorted(wrong, key=lambda mistake: mistake.place)


def _wrong_cuts(gold: Sequence[Sentence], found: Sequence[Sentence]) -> Iterator[WrongCut]:
    """Yield the stretches with other words in them, each from an end of a word that both have to the next such end."""
    ours, theirs = (
        [(token.end, token.text) for sentence in sentences for token in sentence] for sentences in (gold, found)
    )
    g = p = 0
    for end in sorted({end for end, _ in ours} & {end for end, _ in theirs}):
        right, cut = [], []
        while g < len(ours) and ours[g][0] <= end:
            right.append(ours[g][1])
            g += 1
        while p < len(theirs) and theirs[p][0] <= end:
            cut.append(theirs[p][1])
            p += 1
        if right != cut:
            yield WrongCut(tuple(right), tuple(cut))
