"""Tagged sentences as text for a reader or a program, one after the other."""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from tagger.errors import ConfigError
from tagger.text.columns import write_columns
from tagger.text.conllu import write_conllu
from tagger.text.inline import as_brackets, as_text, joined
from tagger.text.layout import Layout
from tagger.text.sentence import Sentence, Span

CONLLU_COLUMNS = {"upos": "UPOS", "xpos": "XPOS", "feats": "FEATS", "lemma": "LEMMA"}

# Half of a surrogate pair is no character of UTF-8.
HALVES = re.compile("[\ud800-\udfff]")
# Line breaks that JSON lets stand, but that some readers of lines cut at.
JSON_ESCAPED = re.compile("[\ud800-\udfff\x85\u2028\u2029]")


class Format(NamedTuple):
    """How sentences are written: each for itself (`body`), with something before it that depends on its number, counted
    from 1, and its name (`head`), and something after the last, given how many there were (`foot`)."""

    body: Callable[[Sentence, Layout], str]
    head: Callable[[int, str], str] = lambda number, name: ""
    foot: Callable[[int], str] = lambda count: ""


def render(
    sentences: Iterable[Sentence],
    format: str,
    tasks: Sequence[str],
    span_tasks: Collection[str] = (),
    *,
    scores: bool = False,
    top: int = 0,
    color: bool = False,
) -> Iterator[str]:
    """The sentences in one of FORMATS, piece by piece, as text that UTF-8 can hold; the rest is as in Layout.

    Raises ConfigError for what the format cannot show, DataError for a word or a tag that it cannot hold and for
    scores that a sentence has not.
    """
    layout = Layout(tasks, span_tasks, scores, top, color)
    check_layout(format, layout)
    return render_pieces(sentences, format, layout)


def check_layout(format: str, layout: Layout) -> None:
    """Raise ConfigError for an unknown format, and for what it cannot show."""
    check_format(format, color=layout.color, top=layout.top)
    if format == "brackets" and not layout.span_tasks:
        raise ConfigError(
            f"the format 'brackets' shows spans, and {', '.join(layout.tasks)} has none: choose another, such as text"
        )


def check_format(format: str, *, color: bool = False, top: int = 0) -> None:
    """As `check_layout`, before the tasks are known."""
    if format not in OUTPUT_FORMATS:
        raise ConfigError(f"there is no format '{format}'; there are {', '.join(OUTPUT_FORMATS)}")
    if color and format not in COLORED_FORMATS:
        colored = " and ".join(COLORED_FORMATS)
        raise ConfigError(f"the format '{format}' is for programs and has no colours; {colored} have")
    if top and format == "brackets":
        raise ConfigError("the format 'brackets' has no place for the best tags of each token: choose another")


def render_pieces(sentences: Iterable[Sentence], format: str, layout: Layout) -> Iterator[str]:
    """What `render` gives."""
    count = 0
    for count, sentence in enumerate(sentences, start=1):
        yield OUTPUT_FORMATS[format].head(count, sentence.id) + render_sentence(sentence, format, layout)
    yield OUTPUT_FORMATS[format].foot(count)


def render_sentence(sentence: Sentence, format: str, layout: Layout) -> str:
    """A sentence as it is written, whatever stands before it."""
    written = OUTPUT_FORMATS[format].body(sentence, layout)
    return written if format in ("json", "jsonl") else HALVES.sub("\ufffd", written)


def as_conllu(sentence: Sentence, layout: Layout) -> str:
    """CoNLL-U: `upos`, `xpos`, `feats` and `lemma` in their columns, any other task in MISC (`NER=B-PER`); so are
    scores (`UPOSScore=0.9812`) and best tags (`UPOSTop=NOUN:0.9812;VERB:0.0101`). The head names sentences that have no
    name by their number, for CoNLL-U wants one."""
    columns = {task: CONLLU_COLUMNS.get(task, f"MISC:{task.upper()}") for task in layout.tasks}
    sentence, further = with_further(sentence, layout, "{}Score", "{}Top", str.upper)
    return write_conllu(sentence, columns | {column: f"MISC:{column}" for column in further})


def as_columns(sentence: Sentence, layout: Layout) -> str:
    """A token a row, its tags after it, parted by TABs, and a blank line after the sentence. A column for the score of
    each task follows where asked for, then one for the best tags of each (`NOUN:0.9812;VERB:0.0101`)."""
    sentence, further = with_further(sentence, layout, "{} score", "{} top", str)
    return write_columns(sentence, ("token", *layout.tasks, *further), "\t")


def with_further(
    sentence: Sentence, layout: Layout, score: str, top: str, name: Callable[[str], str]
) -> tuple[Sentence, list[str]]:
    """The sentence with columns for scores and best tags, and what they are called."""
    if not (layout.scores or layout.top):
        return sentence, []
    tags, further = dict(sentence.tags), []
    if layout.scores:
        for task in layout.tasks:
            further.append(score.format(name(task)))
            if task in tags:
                tags[further[-1]] = tuple(f"{value:.4f}" for value in sentence.scores(task))
    if layout.top:
        for task in layout.tasks:
            further.append(top.format(name(task)))
            if task in tags:
                tags[further[-1]] = tuple(joined(best, 4) for best in sentence.tops(task, layout.top))
    return replace(sentence, tags=tags), further


def as_jsonl(sentence: Sentence, layout: Layout) -> str:
    """One JSON object a line, as `json_object` makes them."""
    return json_object(sentence, layout) + "\n"


def json_object(sentence: Sentence, layout: Layout) -> str:
    """A sentence as one line of JSON, as `json_content` has it."""
    return json_line(json_content(sentence, layout))


def json_line(content: object) -> str:
    """JSON on one line, which UTF-8 can hold and no reader of lines cuts."""
    escaped = json.dumps(content, ensure_ascii=False)
    return JSON_ESCAPED.sub(lambda character: f"\\u{ord(character[0]):04x}", escaped)


def json_content(sentence: Sentence, layout: Layout) -> dict[str, object]:
    """What JSON says of a sentence; all offsets count characters of the whole input.

    Where asked for, each token has the score of each task's tag, `"score": {"upos": 0.9812}`, and its best tags,
    `"top": {"upos": [["NOUN", 0.9812], ["VERB", 0.0101]]}`, and each span its `score`.
    """
    written = layout.tasks_of(sentence)
    keys = ["text", "start", "end", *written]
    columns: list[Iterable[object]] = [sentence.words, sentence.starts, sentence.ends]
    columns += [sentence.tags[task] for task in written]
    if layout.scores:
        keys.append("score")
        columns.append(by_token(written, [map(rounded, sentence.scores(task)) for task in written], len(sentence)))
    if layout.top:
        tops = [
            [[(tag, rounded(value)) for tag, value in best] for best in sentence.tops(task, layout.top)]
            for task in written
        ]
        keys.append("top")
        columns.append(by_token(written, tops, len(sentence)))
    return {
        "text": sentence.text,
        "start": sentence.start,
        "end": sentence.end,
        "tokens": [dict(zip(keys, token, strict=True)) for token in zip(*columns, strict=True)],
        "spans": {
            task: [json_span(span, layout.scores) for span in sentence.spans(task)]
            for task in written
            if task in layout.span_tasks
        },
    }


def json_span(span: Span, scores: bool) -> dict[str, object]:
    """What JSON says of a span."""
    content = {"label": span.label, "text": span.text, "start": span.start, "end": span.end}
    return {**content, "score": rounded(span.score)} if scores else content


def by_token(tasks: Sequence[str], columns: Sequence[Iterable[object]], tokens: int) -> list[dict[str, object]]:
    """For each token, its value of each task."""
    rows = zip(*columns, strict=True) if columns else [()] * tokens
    return [dict(zip(tasks, values, strict=True)) for values in rows]


def rounded(probability: float) -> float:
    """As many places as mean anything."""
    return round(probability, 4)


OUTPUT_FORMATS: dict[str, Format] = {
    "text": Format(as_text),
    "brackets": Format(as_brackets),
    "conllu": Format(as_conllu, head=lambda number, name: "" if name else f"# sent_id = {number}\n"),
    "columns": Format(as_columns),
    "json": Format(
        json_object,
        head=lambda number, name: "[\n" if number == 1 else ",\n",
        foot=lambda count: "\n]\n" if count else "[]\n",
    ),
    "jsonl": Format(as_jsonl),
}
COLORED_FORMATS = ("text", "brackets")
