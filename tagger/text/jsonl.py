"""Read JSON lines: one object per line, with tokens and tags or with a text and spans.

    {"tokens": ["Ada", "slept"], "ner": ["B-PER", "O"], "space_after": [true, false]}
    {"text": "Ada slept", "spans": [{"start": 0, "end": 3, "label": "PER"}]}
    {"text": "Ada slept", "spans": [{"text": "Ada", "label": "PER"}]}
    {"text": "Ada slept", "start": 0, "tokens": [{"text": "Ada", "start": 0, "end": 3, "ner": "B-PER"}, ...]}

The last form is what `tagger tag --format jsonl` writes; a multiword token has `words` with the tags. Offsets count
characters. `"after": " "` says which white space stands between a sentence and the next one, and `"paragraph": true`
that a paragraph begins with it. `"document": "a"` (or another of `DOCUMENT_KEYS`) names the document that a record is
from; a text of several sentences without that is a document. The records of annotation tools are recognised by their
keys, in `TOOLS`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tagger.errors import DataError
from tagger.text.align import align
from tagger.text.annotated_text import AnnotatedText, TextReader, marked_span
from tagger.text.doccano import is_doccano, read_doccano
from tagger.text.document_names import document_of, with_paragraphs
from tagger.text.json_records import Record, is_probability, json_records
from tagger.text.json_tokens import KEYS_WITHOUT_TAGS, placed, sentence_of_objects, with_white_space
from tagger.text.label_names import LabelNames, LabelsOption
from tagger.text.label_studio import is_label_studio, read_label_studio
from tagger.text.prodigy import is_prodigy, read_prodigy
from tagger.text.quoted_spans import is_quote, quote_of
from tagger.text.reading import file_name
from tagger.text.remarks import Remarks
from tagger.text.sentence import Origin, Sentence
from tagger.text.spacy_records import is_spacy, read_spacy

_NO_LABEL = -100  # the id that data sets of the Hub give a token without a label, as PyTorch's losses ignore it


@dataclass(frozen=True)
class Tool:
    """How the records of an annotation tool are recognised and read."""

    looks_so: Callable[[dict[str, Any]], bool]
    read: Callable[[Record, Remarks], AnnotatedText | None]


HUGGING_FACE = "huggingface"
"""The format of tokens with tags, as names or as ids, that the Hugging Face Hub has."""
TOOLS = {
    "labelstudio": Tool(is_label_studio, read_label_studio),
    "prodigy": Tool(is_prodigy, read_prodigy),
    "doccano": Tool(is_doccano, read_doccano),
    "spacy": Tool(is_spacy, read_spacy),
}
"""The tools whose records are read, by the names of their formats, in the order in which their looks are tried."""
_REFUSED = "records that are refused, left out"
SPAN_PLACES = frozenset(("spans", "label", "labels", "entities", "ents"))
"""Keys that name the spans of a record in `tasks`, whatever the tool."""


def read_jsonl(
    path: str | Path,
    tasks: Mapping[str, str] | None = None,
    *,
    span_task: str = "ner",
    tool: str | None = None,
    labels: LabelsOption | None = None,
    offsets: str | None = None,
    repair: bool = False,
    every_quote: bool = False,
    skip_refused: bool = False,
    remarks: Remarks | None = None,
) -> Iterator[Sentence]:
    """Yield the sentences of a file of JSON lines, or of one array; its objects may have any of the forms above.

    `tasks` maps each task to the key of its tags; without it, every list beside the tokens is a task. The spans of a
    text become IOB2 tags of `span_task`, or of the task whose key is in SPAN_PLACES: the text is tokenized, and words
    are cut and sentences joined where a span requires it (see `tag_character_spans`). `tool`, a name in TOOLS, says
    which tool wrote the records, which otherwise their keys tell. `labels` names the ids of tags, `offsets` (one of
    OFFSETS) says what offsets count, and `repair` keeps the longest of spans that overlap. With `every_quote`, a span
    that is given as a quotation marks every place of its string. Blank lines and objects without a word are skipped,
    and with `skip_refused` also those that would raise DataError. Whatever is not read as it stands is added to
    `remarks`.

    Raises DataError (`file:line`) for any other object, or where its lists differ in length; and at the end where more
    than one span in twenty begins or ends inside a word.
    """
    name = file_name(path)
    remarks = Remarks() if remarks is None else remarks
    reader = record_reader(
        name,
        tasks,
        span_task=span_task,
        tool=tool,
        labels=labels,
        offsets=offsets,
        repair=repair,
        every_quote=every_quote,
        remarks=remarks,
    )

    refuse = refusing(remarks, skip_refused=skip_refused)

    def found() -> Iterator[Sentence]:
        for record in json_records(path, remarks, refuse if skip_refused else None):
            try:
                sentences = reader.sentences(record)
            except DataError as error:
                refuse(error)
                continue
            for sentence in sentences:
                yield replace(sentence, origin=Origin("jsonl", name, record.line, (record.raw,), (0,) * len(sentence)))

    empty = True
    for sentence in with_paragraphs(found()):
        empty = False
        yield sentence
    reader.check()
    if empty:
        why = "; ".join(map(str, remarks)) or "give one JSON object a line, with 'tokens' or with 'text'"
        raise DataError(f"{name}: no sentence in it; {why}")


def refusing(remarks: Remarks, *, skip_refused: bool) -> Callable[[DataError], None]:
    """Return what is done with the error of a record: it is raised, or with `skip_refused` added to the remarks."""

    def refuse(error: DataError) -> None:
        if not skip_refused:
            raise error
        remarks.add(_REFUSED, str(error))

    return refuse


def record_reader(
    name: str,
    tasks: Mapping[str, str] | None = None,
    *,
    span_task: str = "ner",
    tool: str | None = None,
    labels: LabelsOption | None = None,
    offsets: str | None = None,
    repair: bool = False,
    every_quote: bool = False,
    remarks: Remarks,
) -> "RecordReader":
    """Return what reads the records of one source, called `name`; the other arguments are those of `read_jsonl`."""
    span_task = next((task for task, key in (tasks or {}).items() if key in SPAN_PLACES), span_task)
    read = span_task if tasks is None or span_task in tasks else ""
    texts = TextReader(read, offsets, repair, remarks, every_quote=every_quote)
    return RecordReader(name, tasks, (tasks or {}).get(span_task, ""), tool, texts, LabelNames(labels), remarks)


@dataclass(frozen=True)
class RecordReader:
    """How the records of a file are read; `place` is the key that the spans' task has in `tasks`."""

    file: str
    tasks: Mapping[str, str] | None
    place: str
    tool: str | None
    texts: TextReader
    labels: LabelNames
    remarks: Remarks

    def sentences(self, record: Record) -> list[Sentence]:
        """Return the sentences of a record; none, which is remarked, where it has no word or is no finished answer."""
        name = record.name(self.file)
        tool = self.tool or _tool_of(record.keys)
        if tool is not None and tool != HUGGING_FACE:
            annotated = TOOLS[tool].read(record, self.remarks)
            if annotated is None:
                return []
            if self.tasks is not None:
                layers = {task: key for task, key in self.tasks.items() if key in annotated.layers}
                annotated = replace(annotated, layers={task: annotated.layers[key] for task, key in layers.items()})
            found = self.texts.sentences(annotated, record.place, name)
        else:
            found = self._of_own_form(record, name)
        if not found:
            self.remarks.add("records without a word, skipped", record.place)
        document = document_of(record.keys) or (name if len(found) > 1 else "")
        return [replace(sentence, document=document) for sentence in found] if document else found

    def check(self) -> None:
        """Raise DataError where too many spans of all records began or ended inside a word."""
        self.texts.check(self.file)

    def _of_own_form(self, record: Record, name: str) -> list[Sentence]:
        tokens = record.get("tokens", list)
        if tokens is None:
            if self.tool == HUGGING_FACE or record.keys.get("text") is None:
                other = "" if self.tool == HUGGING_FACE else " nor 'text'"
                raise record.error(f"there is {'neither' if other else 'no'} 'tokens'{other} in it; give one of them")
            return self.texts.sentences(self._annotated(record), record.place, name)
        if not tokens:
            return []
        if isinstance(tokens[0], dict):
            return [sentence_of_objects(record, tokens, name, self.tasks)]
        if isinstance(spans := record.keys.get("spans"), list) and spans:
            self.remarks.add("spans beside tokens, not read: give a tag for each token", record.place, len(spans))
        return [_from_words(record, tokens, name, self.tasks, self.labels)]

    def _annotated(self, record: Record) -> AnnotatedText:
        """Return the text of `{"text": ..., "spans": [...]}` with its spans, of offsets or quoted."""
        key = self.place if isinstance(record.keys.get(self.place), list) else "spans"
        for other, value in record.keys.items():
            if other not in (key, "spans") and _looks_like_spans(value):
                what = "records with spans under a key that is not read; --tasks ner=KEY reads them"
                self.remarks.add(what, f"{record.place} ({other[:60]!r})")
        return annotated_text(record, key)


def annotated_text(record: Record, key: str, *, scored: bool = False) -> AnnotatedText:
    """Return the text of a record with the spans under a key, of offsets or quoted; None where it has none there.

    With `scored` they have their `score`, 1 where there is none. Raises DataError for anything else.
    """
    given = record.get(key, list)
    spans, quotes = [], []
    for number, item in enumerate(given or (), start=1):
        what = f"span {number}"
        score = _score(record, item, what) if scored else 1.0
        if is_quote(item):
            quotes.append(quote_of(record, item, what, score))
        else:
            spans.append(marked_span(record, item, what)._replace(score=score))
    return AnnotatedText(
        record.checked(record.keys.get("text"), str, "'text'"), None if given is None else spans, quotes=quotes
    )


def _score(record: Record, item: Any, what: str) -> float:  # noqa: ANN401
    """Return the `score` of a span that is an object, 1 where it has none."""
    score = item.get("score") if isinstance(item, dict) else None
    if score is None:
        return 1.0
    if not is_probability(score):
        raise record.no_probability(score, f"'score' of {what}")
    return float(score)


def _tool_of(keys: dict[str, Any]) -> str | None:
    """Return the tool that writes records of these keys; None for the three forms of this module."""
    tokens = keys.get("tokens")
    if isinstance(tokens, list) and tokens and not isinstance(tokens[0], dict):
        return None
    tried: Sequence[str] = tuple(TOOLS)
    if isinstance(keys.get("spans"), list):
        tried = ("prodigy",)
    elif tokens:
        tried = ("prodigy", "spacy")
    return next((name for name in tried if TOOLS[name].looks_so(keys)), None)


def _looks_like_spans(value: Any) -> bool:  # noqa: ANN401
    if not isinstance(value, list) or not value:
        return False
    first = value[0]
    if isinstance(first, dict):
        return ("start" in first and "end" in first) or (is_quote(first) and "label" in first)
    return isinstance(first, list) and len(first) > 2 and isinstance(first[0], int) and isinstance(first[1], int)


def _from_words(
    record: Record, words: Sequence[Any], name: str, tasks: Mapping[str, str] | None, labels: LabelNames
) -> Sentence:
    """Return the sentence of `{"tokens": ["Ada", ...], "ner": [...], "space_after": [...]}`."""
    for number, word in enumerate(words, start=1):
        if not record.checked(word, str, f"token {number}"):
            raise record.error(f"token {number} is empty")
    lists = {key: key for key, value in record.keys.items() if isinstance(value, list) and key not in KEYS_WITHOUT_TAGS}
    if "names" in lists and any(map(_holds_ids, (record.keys[key] for key in lists))):
        del lists["names"]  # of the ids
    columns = {task: record.get(key, list) for task, key in (lists if tasks is None else tasks).items()}
    tags = {task: column for task, column in columns.items() if column is not None}
    spaces = record.get("space_after", list)
    for key, column in {**tags, **({} if spaces is None else {"space_after": spaces})}.items():
        if len(column) != len(words):
            raise record.error(f"{len(words)} tokens but {len(column)} in '{key}'; give one for each token")
        if key != "space_after" and _holds_ids(column):
            tags[key] = _named(record, column, key if tasks is None else tasks[key], labels)
            continue
        for number, value in enumerate(column, start=1):
            if value in (0, 1) if key == "space_after" else value is None:
                continue
            record.checked(value, bool if key == "space_after" else str, f"entry {number} of '{key}'")
    tags = {task: ["" if tag is None else tag for tag in column] for task, column in tags.items() if any(column)}
    start = record.get("start", int, 0)
    sentence = Sentence.from_words(words, space_after=spaces, tags=tags, start=start, id=name)
    text = record.get("text", str)
    if text is not None:
        places = align(words, text)
        if places is None:
            raise record.error("'text' is not its 'tokens' with white space between them; leave one of the two out")
        sentence = placed(sentence, text, [(start + first, start + last) for first, last in places])
    return with_white_space(sentence, record, is_known=text is not None or spaces is not None)


def _is_known(value: Any) -> bool:  # noqa: ANN401
    return value is not None and value != _NO_LABEL


def _holds_ids(column: Sequence[Any]) -> bool:
    first = next((value for value in column if value is not None), None)
    return isinstance(first, int) and not isinstance(first, bool)


def _named(record: Record, ids: Sequence[Any], key: str, labels: LabelNames) -> list[str]:
    """Return the names of ids. Raises DataError for one that has none."""
    names = labels.of(key, record.keys.get("names"))
    if names is None:
        raise record.error(
            f"entry 1 of '{key}' is a whole number; it must be a string: --labels FILE gives the names of ids, in "
            "Python labels= of tagger.read"
        )
    found = []
    for number, value in enumerate(ids, start=1):
        what = f"entry {number} of '{key}'"
        if not _is_known(value):
            found.append("")
            continue
        if not 0 <= record.checked(value, int, what) < len(names):
            raise record.error(f"{what} is {value}, which has no name: there are names for 0 to {len(names) - 1}")
        found.append(names[value])
    return found
