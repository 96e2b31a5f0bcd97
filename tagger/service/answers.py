"""Answers to requests: tagged sentences in the media type that the client accepts."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from tagger.service.http_errors import JSON, HttpError
from tagger.service.utf16 import utf16_offsets, with_offsets
from tagger.text.layout import Layout
from tagger.text.render import OUTPUT_FORMATS, json_content, json_line, json_object, render_sentence
from tagger.text.sentence import Sentence
from tagger.text.source_space import in_text
from tagger.text.sure_spans import without_unsure_spans

MEDIA_TYPES = {
    JSON: "json",
    "application/x-conllu": "conllu",
    "text/x-conllu": "conllu",
    "text/tab-separated-values": "columns",
    "text/html": "html",
}
"""The format, one of `OUTPUT_FORMATS`, of each media type that a client may accept; the first is the default."""


@dataclass(frozen=True, slots=True)
class AnswerShape:
    """What an answer is made of beside its sentences."""

    model: str
    """The model's name."""
    layout: Layout
    media_type: str = JSON
    is_list: bool = False
    """Whether the answer is a list with the sentences of each text."""
    utf16: bool = False
    """Whether offsets count UTF-16 units."""
    min_score: float = 0.0
    """The least probability of the spans that are written."""

    def shown(self, sentences: Iterable[Sentence]) -> Iterable[Sentence]:
        """Return the sentences without the spans that are not written."""
        if not self.min_score:
            return sentences
        return (without_unsure_spans(each, self.layout.span_tasks, self.min_score) for each in sentences)


TaggedText = tuple[str | None, Iterable[Sentence]]
"""A text with its sentences; None in place of the text where the client gave sentences of words."""


def accepted(header: bytes | None) -> str:
    """Return the media type of the answer that an Accept header likes best. Raises HttpError where it likes none."""
    if header is None or header in (b"*/*", b"application/json"):
        return JSON
    best, best_quality = "", 0.0
    for part in header.decode("latin-1").split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = next((_quality(each[2:]) for each in parameters if each.startswith("q=")), 1.0)
        found = next((each for each in MEDIA_TYPES if _matches(each, name)), "")
        if found and quality > best_quality:
            best, best_quality = found, quality
    if not best:
        raise HttpError(406, "not_acceptable", f"answers are {', '.join(MEDIA_TYPES)}", "Accept")
    return best


def render_answer(texts: Iterable[TaggedText], shape: AnswerShape) -> Iterator[str]:
    """Yield an answer in pieces, of which each has about one sentence.

    Raises DataError for a word that the format cannot hold.
    """
    format = MEDIA_TYPES[shape.media_type]
    if format == "json":
        yield from _json_pieces(texts, shape)
        return
    head, foot = OUTPUT_FORMATS[format].head, OUTPUT_FORMATS[format].foot
    count = 0
    for number, (text, tagged) in enumerate(texts, start=1):
        sentences = shape.shown(tagged)
        if text is not None and OUTPUT_FORMATS[format].shows_white_space:
            sentences = in_text(sentences, text)
        starts = f"# newdoc id = {number}\n" if format == "conllu" and shape.is_list else ""
        for sentence in sentences:
            count += 1
            yield starts + head(count, sentence.id) + render_sentence(sentence, format, shape.layout)
            starts = ""
    yield foot(count)


def sentences_json(text: str | None, sentences: Iterable[Sentence], shape: AnswerShape) -> Iterator[str]:
    """Yield the JSON array of the sentences of a text, in pieces."""
    write = _writer(text, shape)
    separator = "["
    for sentence in shape.shown(sentences):
        yield separator + write(sentence)
        separator = ", "
    yield "]" if separator != "[" else "[]"


def _json_pieces(texts: Iterable[TaggedText], shape: AnswerShape) -> Iterator[str]:
    opening = f'{{"model": {json_line(shape.model)}, '
    if not shape.is_list:
        for text, sentences in texts:
            yield opening + '"sentences": '
            yield from sentences_json(text, sentences, shape)
        yield "}\n"
        return
    separator = opening + '"texts": ['
    yield separator
    separator = ""
    for text, sentences in texts:
        yield separator + '{"sentences": '
        yield from sentences_json(text, sentences, shape)
        yield "}"
        separator = ", "
    yield "]}\n"


def _writer(text: str | None, shape: AnswerShape) -> Callable[[Sentence], str]:
    """Return a function that writes a sentence as JSON, with the offsets that the client counts."""

    def write(sentence: Sentence) -> str:
        # Offsets of sentences of words count from the beginning of the sentence.
        convert = utf16_offsets(sentence.text) if text is None and shape.utf16 else of_text
        if convert is None:
            return json_object(sentence, shape.layout)
        return json_line(with_offsets(json_content(sentence, shape.layout), convert))

    of_text = utf16_offsets(text) if text is not None and shape.utf16 else None
    return write


def _matches(there: str, wanted: str) -> bool:
    return wanted in (there, "*/*") or (wanted.endswith("/*") and there.startswith(wanted[:-1]))


def _quality(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return 0.0
