"""Tagged sentences as text for a reader or a program, one after the other."""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from tagger.errors import ConfigError
from tagger.text.columns import write_columns
from tagger.text.conllu import write_conllu
from tagger.text.sentence import Sentence

CONLLU_COLUMNS = {"upos": "UPOS", "xpos": "XPOS", "feats": "FEATS", "lemma": "LEMMA"}

# Half of a surrogate pair is no character of UTF-8.
HALVES = re.compile("[\ud800-\udfff]")
# Line breaks that JSON lets stand, but that some readers of lines cut at.
JSON_ESCAPED = re.compile("[\ud800-\udfff\x85\u2028\u2029]")


def render(
    sentences: Iterable[Sentence], format: str, tasks: Sequence[str], span_tasks: Collection[str] = ()
) -> Iterator[str]:
    """The sentences in one of FORMATS, piece by piece, as text that UTF-8 can hold.

    `tasks` are the tasks to write, in this order; those of them in `span_tasks` are given as spans too, where the
    format has a place for spans (json and jsonl). Raises ConfigError for an unknown format, DataError for a word or a
    tag that the format cannot hold.
    """
    if format not in FORMATS:
        raise ConfigError(f"there is no format '{format}'; there are {', '.join(FORMATS)}")
    pieces = FORMATS[format](sentences, tasks, span_tasks)
    if format in ("json", "jsonl"):
        return pieces
    return (HALVES.sub("\ufffd", piece) for piece in pieces)


def as_text(sentences: Iterable[Sentence], tasks: Sequence[str], span_tasks: Collection[str]) -> Iterator[str]:
    """A line a sentence: `Ada/PROPN/B-PER sleeps/VERB/O`."""
    for sentence in sentences:
        columns = [sentence.tags[task] for task in tasks if task in sentence.tags]
        yield " ".join(map("/".join, zip(sentence.words, *columns, strict=True))) + "\n"


def as_conllu(sentences: Iterable[Sentence], tasks: Sequence[str], span_tasks: Collection[str]) -> Iterator[str]:
    """CoNLL-U: `upos`, `xpos`, `feats` and `lemma` in their columns, any other task in MISC (`NER=B-PER`).

    Sentences without a name are named by their number, for CoNLL-U wants one.
    """
    columns = {task: CONLLU_COLUMNS.get(task, f"MISC:{task.upper()}") for task in tasks}
    for number, sentence in enumerate(sentences, start=1):
        yield write_conllu(sentence if sentence.id else replace(sentence, id=str(number)), columns)


def as_columns(sentences: Iterable[Sentence], tasks: Sequence[str], span_tasks: Collection[str]) -> Iterator[str]:
    """A token a row, its tags after it, parted by TABs; a blank line after each sentence."""
    for sentence in sentences:
        yield write_columns(sentence, ("token", *tasks), "\t")


def as_jsonl(sentences: Iterable[Sentence], tasks: Sequence[str], span_tasks: Collection[str]) -> Iterator[str]:
    """One JSON object a line, as `json_object` makes them."""
    for sentence in sentences:
        yield json_object(sentence, tasks, span_tasks) + "\n"


def as_json(sentences: Iterable[Sentence], tasks: Sequence[str], span_tasks: Collection[str]) -> Iterator[str]:
    """One JSON array with an object a sentence."""
    before = "[\n"
    for sentence in sentences:
        yield before + json_object(sentence, tasks, span_tasks)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def json_object(sentence: Sentence, tasks: Sequence[str], span_tasks: Collection[str]) -> str:
    """A sentence as one line of JSON; all offsets count characters of the whole input."""
    written = [task for task in tasks if task in sentence.tags]
    keys = ("text", "start", "end", *written)
    columns = (sentence.words, sentence.starts, sentence.ends, *(sentence.tags[task] for task in written))
    content = {
        "text": sentence.text,
        "start": sentence.start,
        "end": sentence.end,
        "tokens": [dict(zip(keys, token, strict=True)) for token in zip(*columns, strict=True)],
        "spans": {
            task: [
                {"label": span.label, "text": span.text, "start": span.start, "end": span.end}
                for span in sentence.spans(task)
            ]
            for task in written
            if task in span_tasks
        },
    }
    escaped = json.dumps(content, ensure_ascii=False)
    return JSON_ESCAPED.sub(lambda character: f"\\u{ord(character[0]):04x}", escaped)


Renderer = Callable[[Iterable[Sentence], Sequence[str], Collection[str]], Iterator[str]]
FORMATS: dict[str, Renderer] = {
    "text": as_text,
    "conllu": as_conllu,
    "columns": as_columns,
    "json": as_json,
    "jsonl": as_jsonl,
}
