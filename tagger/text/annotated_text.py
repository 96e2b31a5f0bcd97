"""A text with labelled spans as annotation tools export it, and the sentences of tagged words made of it."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, NamedTuple

from tagger.errors import DataError
from tagger.text.character_spans import CharacterSpan, separate_spans, tag_character_spans
from tagger.text.json_records import Record
from tagger.text.quoted_spans import Quote, find_quotes
from tagger.text.remarks import Remarks
from tagger.text.scheme import split_tag
from tagger.text.sentence import Sentence
from tagger.text.span_offsets import OffsetReader, Piece, Spans, trimmed

_QUOTED_CHARACTERS = 60  # of a text that a message quotes


class MarkedSpan(NamedTuple):
    """A label over one or more pieces of a text, whose offsets count whatever the tool counts.

    `text` is what the tool says stands there; empty where it does not say. `place` is where the span stands in its
    file, for messages; empty where it has no line of its own. `score` is as in `CharacterSpan`.
    """

    label: str
    pieces: tuple[Piece, ...]
    text: str = ""
    place: str = ""
    score: float = 1.0

    def __str__(self) -> str:
        where = f", {self.place}" if self.place else ""
        return f"{self.label[:_QUOTED_CHARACTERS]} ({self.pieces[0].start} to {self.pieces[-1].end}{where})"


@dataclass(frozen=True, slots=True)
class AnnotatedText:
    """A text and what is marked in it.

    `spans` is None where the text is not annotated. `words` are the tool's own tokens, where it has any, as spans
    without a label, and `layers` have a tag for each of them. `quotes` are further spans, without offsets.
    """

    text: str
    spans: Sequence[MarkedSpan] | None
    words: Sequence[MarkedSpan] = ()
    layers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    quotes: Sequence[Quote] = ()


def marked_span(record: Record, item: Any, what: str, start: str = "start", end: str = "end") -> MarkedSpan:  # noqa: ANN401
    """Return the span of `[0, 4, "PER"]`, or of an object with a `label` and these keys of its offsets.

    `what` names it in messages, such as "span 1". Raises DataError for anything else.
    """
    if isinstance(item, list):
        if len(item) < 3:
            raise record.error(f"{what} is a list of {len(item)}; it must be [start, end, label]")
        first, last, label = item[:3]
        own = None
    else:
        record.checked(item, dict, what)
        first, last, label, own = item.get(start), item.get(end), item.get("label"), item.get("text")
    record.checked(first, int, f"'{start}' of {what}")
    record.checked(last, int, f"'{end}' of {what}")
    if not record.checked(label, str, f"'label' of {what}"):
        raise record.error(f"'label' of {what} is empty")
    return MarkedSpan(label, (Piece(first, last),), own if isinstance(own, str) else "")


class TextReader:
    """Turns annotated texts into sentences whose tags of one task are in IOB2.

    `task` is empty where no tags are wanted. `offsets` is one of OFFSETS or None, and `repair` says to keep the longest
    of spans that overlap. With `every_quote` a quotation marks each place where it stands (see `find_quotes`).
    """

    def __init__(
        self, task: str, offsets: str | None, repair: bool, remarks: Remarks, *, every_quote: bool = False
    ) -> None:
        self._task, self._repair, self._remarks = task, repair or not task, remarks if task else Remarks()
        self._every_quote = every_quote
        self._offsets = OffsetReader(offsets)

    def sentences(self, annotated: AnnotatedText, place: str, name: str) -> list[Sentence]:
        """Return the sentences of a text, called after `name`; a paragraph begins with the first one.

        `place` begins messages. Raises DataError for spans that cannot be, or whose own text differs.
        """
        return self.sentences_and_spans(annotated, place, name)[0]

    def sentences_and_spans(
        self, annotated: AnnotatedText, place: str, name: str
    ) -> tuple[list[Sentence], list[CharacterSpan]]:
        """Return the sentences of a text as `sentences` does, and where the spans in their tags stand.

        These have no white space at their ends, and do not overlap.
        """
        text = annotated.text
        try:
            spans = self._located(annotated, place)
            words, layers = self._words(annotated, place)
            spans = separate_spans(text, spans, repair=self._repair, remarks=self._remarks, place=place)
            sentences = tag_character_spans(
                text, spans, self._task, words=words, repair=self._repair, remarks=self._remarks, place=place
            )
        except DataError as error:
            raise DataError(f"{place}: {error}") from None
        if not self._task or annotated.spans is None:
            sentences = [replace(sentence, tags={}) for sentence in sentences]
        if layers:
            sentences = [_with_layers(sentence, words, layers) for sentence in sentences]
        sentences = _with_white_space(sentences, text)
        if len(sentences) == 1:
            return [replace(sentences[0], id=name)], spans
        return [replace(each, id=f"{name}-{number}") for number, each in enumerate(sentences, start=1)], spans

    def check(self, name: str) -> None:
        """Raise DataError where too many spans of the file `name` begin or end inside a word."""
        if self._task:
            self._offsets.check(name)

    def _located(self, annotated: AnnotatedText, place: str) -> list[CharacterSpan]:
        spans = self._resolved(annotated.text, annotated.spans or (), place)
        if annotated.quotes and self._task:
            spans += find_quotes(annotated.text, annotated.quotes, spans, every=self._every_quote)
        return spans

    def _resolved(self, text: str, marked: Sequence[MarkedSpan], place: str) -> list[CharacterSpan]:
        given = [span.pieces for span in marked]
        found = self._offsets.read(text, given)
        for span, pieces in zip(marked, found, strict=True):
            if span.text and not _same(_joined(text, pieces), span.text):
                cause = self._cause(text, marked)
                raise DataError(
                    f"the span {span} is {_quoted(_joined(text, pieces))} there, but its own text is "
                    f"{_quoted(span.text)}{cause}"
                )
            if not all(0 <= piece.start < piece.end <= len(text) for piece in pieces):
                cause = self._cause(text, marked)
                raise DataError(f"the span {span} is not inside the {len(text)} characters of the text{cause}")
            if any(text[one.end : other.start].strip() for one, other in pairwise(pieces)):
                what = "spans of several pieces, read from their first to their last character"
                self._remarks.add(what, span.place or place)
            if split_tag(span.label)[0] not in ("", "O"):
                self._remarks.add(
                    "labels of spans that look like tags of tokens, kept as they are", span.place or place
                )
        self._offsets.doubt(text, found, [span.place or place for span in marked])
        return [
            CharacterSpan(pieces[0].start, pieces[-1].end, span.label, span.place, span.score)
            for span, pieces in zip(marked, found, strict=True)
        ]

    def _cause(self, text: str, marked: Sequence[MarkedSpan]) -> str:
        def agrees(found: Spans) -> bool:
            pairs = zip(marked, found, strict=True)
            return all(not span.text or _same(_joined(text, pieces), span.text) for span, pieces in pairs)

        return self._offsets.cause(text, [span.pieces for span in marked], agrees)

    def _words(self, annotated: AnnotatedText, place: str) -> tuple[list[Piece], dict[str, list[str]]]:
        """Return the tool's tokens but for white space, and their layers.

        Nothing where the tokens are not all of the text, which is remarked.
        """
        text = annotated.text
        found = [pieces[0] for pieces in self._offsets.read(text, [word.pieces for word in annotated.words])]
        for word, piece in zip(annotated.words, found, strict=True):
            if word.text and text[max(piece.start, 0) : max(piece.end, 0)] != word.text:
                raise DataError(
                    f"its token {_quoted(word.text)} ({word.pieces[0].start} to {word.pieces[0].end}) is not there"
                    f"{self._cause(text, annotated.words)}"
                )
        found = [trimmed(text, piece) if piece.start >= 0 else piece for piece in found]
        kept = [index for index, piece in enumerate(found) if piece.start < piece.end or piece.start < 0]
        at = 0
        for piece in [*(found[index] for index in kept), Piece(len(text), len(text))] if kept else []:
            if not at <= piece.start <= piece.end <= len(text) or text[at : piece.start].strip():
                self._remarks.add("texts whose own tokens are not all of the text, tokenized anew", place)
                return [], {}
            at = piece.end
        layers = {layer: [column[index] for index in kept] for layer, column in annotated.layers.items() if kept}
        return [found[index] for index in kept], layers


def _quoted(text: str) -> str:
    return repr(text if len(text) <= _QUOTED_CHARACTERS else text[: _QUOTED_CHARACTERS - 1] + "…")


def _joined(text: str, pieces: Sequence[Piece]) -> str:
    return " ".join(text[max(piece.start, 0) : max(piece.end, 0)] for piece in pieces)


def _same(found: str, own: str) -> bool:
    """Return whether two texts are alike but for white space, in which tools differ; some write a line break `\\n`."""
    return found == own or "".join(found.split()) == "".join(own.replace("\\n", "\n").split())


def _with_layers(sentence: Sentence, words: Sequence[Piece], layers: Mapping[str, Sequence[str]]) -> Sentence:
    """Return the sentence with the tags that its words have in layers; a piece of a word has the tag of that word."""
    starts = [word.start for word in words]
    indices = [bisect_right(starts, start) - 1 for start in sentence.starts]
    for layer, column in layers.items():
        sentence = sentence.with_tags(layer, [column[index] for index in indices])
    return sentence


def _with_white_space(sentences: Sequence[Sentence], text: str) -> list[Sentence]:
    """Return the sentences with the white space after them; a line ends after the last one, if nothing follows it."""
    bounds = [*(sentence.start for sentence in sentences[1:]), len(text)]
    spaces = [text[sentence.end : bound] for sentence, bound in zip(sentences, bounds, strict=False)]
    begins = [True, *(space.count("\n") > 1 for space in spaces[:-1])]
    return [
        replace(sentence, after=space or "\n" * (sentence is sentences[-1]), paragraph=begin)
        for sentence, space, begin in zip(sentences, spaces, begins, strict=False)
    ]
