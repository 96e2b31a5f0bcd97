"""Write tagged sentences in the output formats, for people or for programs."""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from tagger.errors import ConfigError
from tagger.text.columns import write_columns
from tagger.text.conllu import write_conllu
from tagger.text.html_page import file_heading, on_page, page_foot, page_head
from tagger.text.html_words import sentence_html
from tagger.text.inline import as_brackets, as_text, joined
from tagger.text.layout import Layout
from tagger.text.plain_json import plain_json, rounded
from tagger.text.sentence import Sentence, Span

_CONLLU_COLUMNS = {"upos": "UPOS", "xpos": "XPOS", "feats": "FEATS", "lemma": "LEMMA"}

# UTF-8 cannot encode half of a surrogate pair.
_SURROGATES = re.compile("[\ud800-\udfff]")
# Surrogates, and line breaks that JSON allows inside strings but at which some programs cut lines.
_JSON_ESCAPED = re.compile("[\ud800-\udfff\x85\u2028\u2029]")

# The first line of a sentence in CoNLL-U, after blank lines.
_FIRST_LINE = re.compile(r"\S")


class OutputFormat(NamedTuple):
    """An output format: functions that write what comes before, of and after the sentences."""

    body: Callable[[Sentence, Layout], str]
    """Writes one sentence."""
    head: Callable[[int, str], str] = lambda number, name: ""
    """Writes what comes before a sentence, given its number from 1 and its id."""
    foot: Callable[[int], str] = lambda count: ""
    """Writes what comes after the last sentence, given how many there were."""
    file_head: Callable[[str], str] = lambda file: ""
    """Writes what comes before the first sentence of a file, where there are several."""
    shows_white_space: bool = False
    """Whether it shows the white space and the paragraphs between sentences, which those of text must then have."""


class Frame:
    """Writes what stands around the sentences of one output; it counts them and sees where a file begins."""

    def __init__(self, format: str) -> None:
        self._format, self._file, self.count = OUTPUT_FORMATS[format], "", 0

    def head(self, name: str, file: str = "") -> str:
        """Return what comes before the next sentence, given its id and, where there are several, its file."""
        self.count += 1
        head = self._format.head(self.count, name)
        if file != self._file:
            self._file = file
            head += self._format.file_head(file)
        return head

    def foot(self) -> str:
        """Return what comes after the last sentence."""
        return self._format.foot(self.count)


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
    """Yield the text of the sentences in one of `OUTPUT_FORMATS`, piece by piece.

    UTF-8 can encode all of it. The other parameters are those of `Layout`. Raises ConfigError for what the format
    cannot show, DataError for a word or tag that it cannot hold and for probabilities that a sentence does not have.
    """
    layout = Layout(tasks, span_tasks, scores, top, color)
    check_layout(format, layout)
    return _render_pieces(sentences, format, layout)


def check_layout(format: str, layout: Layout) -> None:
    """Raise ConfigError for an unknown format, or for a layout that it cannot show."""
    check_format(format, color=layout.color, top=layout.top)
    if format == "brackets" and not layout.span_tasks:
        raise ConfigError(
            f"the format 'brackets' shows spans, and {', '.join(layout.tasks)} has none: choose another, such as text"
        )


def check_format(format: str, *, color: bool = False, top: int = 0) -> None:
    """Raise ConfigError for an unknown format, or for options that it cannot show.

    The tasks need not be known yet.
    """
    if format not in OUTPUT_FORMATS:
        raise ConfigError(f"there is no format '{format}'; there are {', '.join(OUTPUT_FORMATS)}")
    if color and format not in COLORED_FORMATS:
        colored = " and ".join(COLORED_FORMATS)
        raise ConfigError(f"the format '{format}' is for programs and has no colours; {colored} have")
    if top and format == "brackets":
        raise ConfigError("the format 'brackets' has no place for the best tags of each token: choose another")


def _render_pieces(sentences: Iterable[Sentence], format: str, layout: Layout) -> Iterator[str]:
    """Yield the text of the sentences with everything before and after them.

    `layout` must have been checked.
    """
    frame = Frame(format)
    for sentence in sentences:
        yield frame.head(sentence.id) + render_sentence(sentence, format, layout)
    yield frame.foot()


def render_sentence(sentence: Sentence, format: str, layout: Layout) -> str:
    """Return the text of one sentence alone, without the head of its format."""
    written = OUTPUT_FORMATS[format].body(sentence, layout)
    return written if format in ("json", "jsonl") or written.isascii() else _SURROGATES.sub("\ufffd", written)


def _as_conllu(sentence: Sentence, layout: Layout) -> str:
    """Return the sentence in CoNLL-U.

    `upos`, `xpos`, `feats` and `lemma` have their columns. Any other task is in MISC (`NER=B-PER`), and so are
    probabilities (`UPOSScore=0.9812`) and top tags (`UPOSTop=NOUN:0.9812;VERB:0.0101`).
    """
    columns = {task: _CONLLU_COLUMNS.get(task, f"MISC:{task.upper()}") for task in layout.tasks}
    sentence, further = _with_score_columns(sentence, layout, "{}Score", "{}Top", str.upper)
    written = write_conllu(sentence, columns | {column: f"MISC:{column}" for column in further})
    return _with_place(written, sentence, layout.file) if layout.file else written


def _with_place(written: str, sentence: Sentence, file: str) -> str:
    """Return a sentence in CoNLL-U with comments that say where it stands: its file, and its offsets there."""
    comments = f"# file = {' '.join(file.split())}\n# start = {sentence.start}\n# end = {sentence.end}\n"
    first = _FIRST_LINE.search(written)
    at = first.start() if first else 0
    return written[:at] + comments + written[at:]


def _as_columns(sentence: Sentence, layout: Layout) -> str:
    """Return one row per token, its columns separated by TABs, and a blank line.

    The columns are the word, its tags, the probability of each tag if the layout has scores, and the top tags of each
    task (`NOUN:0.9812;VERB:0.0101`) if it has those.
    """
    sentence, further = _with_score_columns(sentence, layout, "{} score", "{} top", str)
    return write_columns(sentence, ("token", *layout.tasks, *further), "\t")


def _with_score_columns(
    sentence: Sentence, layout: Layout, score: str, top: str, name: Callable[[str], str]
) -> tuple[Sentence, list[str]]:
    """Return the sentence with columns for probabilities and top tags, and their names.

    `score` and `top` are patterns for the names, filled with `name(task)`.
    """
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


def _as_jsonl(sentence: Sentence, layout: Layout) -> str:
    """Return the sentence as a JSON object on a line of its own."""
    return json_object(sentence, layout) + "\n"


def _as_html(sentence: Sentence, layout: Layout) -> str:
    """Return the sentence as a piece of a page."""
    tasks = layout.tasks_of(sentence)
    shown = sentence_html(sentence, tasks, layout.span_tasks, scores=layout.scores, top=layout.top)
    return on_page(sentence, shown)


def json_object(sentence: Sentence, layout: Layout) -> str:
    """Return the `json_content` of a sentence as one line of JSON, without a line end."""
    if not layout.top:
        tasks = layout.tasks_of(sentence)
        span_tasks = [task for task in tasks if task in layout.span_tasks]
        quickly = plain_json(sentence, tasks, span_tasks, layout.file, scores=layout.scores)
        if quickly is not None:
            return _escaped(quickly)
    return json_line(json_content(sentence, layout))


def json_line(content: object) -> str:
    """Return a value as JSON on one line, which UTF-8 can encode and programs do not cut."""
    return _escaped(json.dumps(content, ensure_ascii=False))


def _escaped(line: str) -> str:
    """Return JSON with everything escaped that UTF-8 cannot encode, or at which programs cut lines."""
    if line.isascii():
        return line
    return _JSON_ESCAPED.sub(lambda character: f"\\u{ord(character[0]):04x}", line)


def json_content(sentence: Sentence, layout: Layout) -> dict[str, object]:
    """Return the content of a sentence's JSON object: its text, tokens and spans.

    Offsets are those in the whole input, or in the `file` that the layout names. A multiword token has no tags, but a
    list of its `words`, which have what other tokens have:
    `{"text": "Zum", "start": 0, "end": 3, "words": [{"text": "zu", "start": 0, "end": 3, "upos": "ADP"}, ...]}`.

    If the layout has scores, each token has the probability of its tag of each task, `"score": {"upos": 0.9812}`, and
    each span its `score`. A span that a rule has marked has the rule's name, `"rule": "DRUG"`. If the layout has top
    tags, each token has `"top": {"upos": [["NOUN", 0.9812], ["VERB", 0.0101]]}`.
    """
    written = layout.tasks_of(sentence)
    keys = ["text", "start", "end", *written]
    columns: list[Iterable[object]] = [sentence.words, sentence.starts, sentence.ends]
    columns += [sentence.tags[task] for task in written]
    if layout.scores:
        keys.append("score")
        columns.append(_by_token(written, [map(rounded, sentence.scores(task)) for task in written], len(sentence)))
    if layout.top:
        tops = [
            [[(tag, rounded(value)) for tag, value in best] for best in sentence.tops(task, layout.top)]
            for task in written
        ]
        keys.append("top")
        columns.append(_by_token(written, tops, len(sentence)))
    words = [dict(zip(keys, word, strict=True)) for word in zip(*columns, strict=True)]
    return {
        **({"file": layout.file} if layout.file else {}),
        "text": sentence.text,
        "start": sentence.start,
        "end": sentence.end,
        "tokens": _json_tokens(sentence, words) if sentence.multiword else words,
        "spans": {
            task: [_json_span(span, layout.scores) for span in sentence.spans(task)]
            for task in written
            if task in layout.span_tasks
        },
    }


def _json_tokens(sentence: Sentence, words: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    """Return the content of the tokens' JSON objects, given that of the words."""
    tokens: list[dict[str, object]] = []
    at = 0
    for first, last in sentence.multiword:
        start, end = sentence.starts[first], sentence.ends[last]
        tokens += words[at:first]
        tokens.append(
            {"text": sentence.text_of(first, last), "start": start, "end": end, "words": words[first : last + 1]}
        )
        at = last + 1
    return [*tokens, *words[at:]]


def _json_span(span: Span, scores: bool) -> dict[str, object]:
    """Return the content of a span's JSON object."""
    content = {"label": span.label, "text": span.text, "start": span.start, "end": span.end}
    content |= {"score": rounded(span.score)} if scores else {}
    return content | ({"rule": span.rule} if span.rule else {})


def _by_token(tasks: Sequence[str], columns: Sequence[Iterable[object]], tokens: int) -> list[dict[str, object]]:
    """Return, for each token, its values by task; `columns` has the values of each task."""
    rows = zip(*columns, strict=True) if columns else [()] * tokens
    return [dict(zip(tasks, values, strict=True)) for values in rows]


OUTPUT_FORMATS: dict[str, OutputFormat] = {
    "text": OutputFormat(as_text),
    "brackets": OutputFormat(as_brackets),
    # CoNLL-U requires an id: a sentence without one gets its number.
    "conllu": OutputFormat(_as_conllu, head=lambda number, name: "" if name else f"# sent_id = {number}\n"),
    "columns": OutputFormat(_as_columns),
    "json": OutputFormat(
        json_object,
        head=lambda number, name: "[\n" if number == 1 else ",\n",
        foot=lambda count: "\n]\n" if count else "[]\n",
    ),
    "jsonl": OutputFormat(_as_jsonl),
    "html": OutputFormat(
        _as_html,
        head=lambda number, name: page_head() if number == 1 else "",
        foot=lambda count: page_foot() if count else page_head() + page_foot(),
        file_head=file_heading,
        shows_white_space=True,
    ),
}
COLORED_FORMATS = ("text", "brackets")
