"""Files of annotation tools, with a model's tags and scores to begin with. `tagger convert` reads what comes back."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from xml.sax.saxutils import quoteattr

from tagger.annotation.brat_folder import check_brat_folder, write_brat_folder
from tagger.annotation.excerpts import Excerpt
from tagger.errors import ConfigError, DataError
from tagger.files import new_file, write_file
from tagger.text.layout import Layout
from tagger.text.plain_json import rounded
from tagger.text.render import json_content, json_line, render_sentence
from tagger.text.sentence import AFTER, PARAGRAPH, Sentence


@dataclass(frozen=True)
class Project:
    """What is annotated: the `tasks`, those of them that have spans, the labels of each to choose from; the model."""

    tasks: Sequence[str]
    span_tasks: Sequence[str]
    labels: Mapping[str, Sequence[str]]
    model: str

    @property
    def task(self) -> str:
        """The task whose spans tools show."""
        return self.span_tasks[0]

    @property
    def has_spans_alone(self) -> bool:
        """Whether one task of spans is all that is annotated."""
        return len(self.tasks) == 1 and bool(self.span_tasks)


@dataclass(frozen=True)
class ToolFile:
    """How a tool's file is written: each excerpt by `record`, between a head, separators and a foot.

    `takes_tags` says that it has a place for the tags of any task, where others have spans of one.
    """

    record: Callable[[Excerpt, Project], str]
    head: str = ""
    separator: str = ""
    foot: str = ""
    takes_tags: bool = False


def _label_studio(excerpt: Excerpt, project: Project) -> str:
    """Return a task with a prediction; see https://labelstud.io/guide/predictions. Offsets count code points."""
    regions = [
        {
            "id": f"span-{number}",
            "from_name": "label",
            "to_name": "text",
            "type": "labels",
            "score": rounded(span.score),
            "value": {"start": start, "end": end, "text": span.text, "labels": [span.label]},
        }
        for number, (span, start, end) in enumerate(excerpt.spans(project.task), start=1)
    ]
    prediction = {"model_version": project.model, "score": rounded(excerpt.margin), "result": regions}
    return json_line({"data": _source(excerpt) | {"text": excerpt.text}, "predictions": [prediction]})


def _doccano(excerpt: Excerpt, project: Project) -> str:
    """Return a text with spans; doccano keeps the other keys as metadata, and has no place for scores of spans."""
    spans: list[object] = [[start, end, span.label] for span, start, end in excerpt.spans(project.task)]
    return json_line({"text": excerpt.text, "label": spans, **_source(excerpt)})


def _prodigy(excerpt: Excerpt, project: Project) -> str:
    """Return a task of tokens and spans; see https://prodi.gy/docs/api-interfaces. `meta` is shown with the text."""
    begin, text = excerpt.start, excerpt.text
    places = [(start - begin, end - begin) for each in excerpt.sentences for start, end in _places(each)]
    follows = [one[1] < other[0] for one, other in pairwise(places)]
    tokens = [
        {"text": text[start:end], "start": start, "end": end, "id": number, "ws": space}
        for number, ((start, end), space) in enumerate(zip(places, [*follows, False], strict=True))
    ]
    starts = {start: number for number, (start, _) in enumerate(places)}
    ends = {end: number for number, (_, end) in enumerate(places)}
    spans = [
        {
            "start": start,
            "end": end,
            "token_start": starts[start],
            "token_end": ends[end],
            "label": span.label,
            "score": rounded(span.score),
        }
        for span, start, end in excerpt.spans(project.task)
        if start in starts and end in ends  # words that overlap are one token, and a span may be a part of it
    ]
    return json_line({"text": text, "tokens": tokens, "spans": spans, "meta": _source(excerpt)})


def _places(sentence: Sentence) -> Iterator[tuple[int, int]]:
    """Yield the places of the words of a sentence; of a token whose words do not stand in the text, its own."""
    for first, last in sentence.token_places:
        words = [(sentence.starts[place], sentence.ends[place]) for place in range(first, last + 1)]
        stand = all(one[1] <= other[0] for one, other in pairwise(words))
        yield from words if stand else [(words[0][0], words[-1][1])]


def _jsonl(excerpt: Excerpt, project: Project) -> str:
    """Return a text with spans or, where other tags are annotated too, each sentence with its tokens and their tags."""
    if project.has_spans_alone:
        spans = [
            {"start": start, "end": end, "label": span.label, "text": span.text, "score": rounded(span.score)}
            for span, start, end in excerpt.spans(project.task)
        ]
        return json_line({"text": excerpt.text, "spans": spans, "meta": _source(excerpt)})
    layout = Layout(project.tasks, project.span_tasks, scores=True, file=excerpt.file)
    return "\n".join(json_line(sentence_record(sentence, layout)) for sentence in excerpt.sentences)


def sentence_record(sentence: Sentence, layout: Layout) -> dict[str, object]:
    """Return a sentence as `tagger tag --format jsonl` writes it, with the white space after it and its paragraph.

    It has no spans, which nobody would read: what is corrected are the tags of the tokens.
    """
    content = json_content(sentence, layout)
    del content["spans"]
    return {**content, AFTER: sentence.after, PARAGRAPH: sentence.paragraph}


def _source(excerpt: Excerpt) -> dict[str, object]:
    """Return where an excerpt stands, and how sure the model is of it."""
    return {"source": excerpt.file, "start": excerpt.start, "score": rounded(excerpt.margin)}


def _conllu(excerpt: Excerpt, project: Project) -> str:
    """Return the sentences in CoNLL-U, each named after its place, with the scores in MISC, and their document."""
    layout = Layout(project.tasks, project.span_tasks, scores=True, file=excerpt.file)
    written = (
        render_sentence(replace(each, id=f"{excerpt.file}:{each.start}"), "conllu", layout)
        for each in excerpt.sentences
    )
    return "".join((document_line(excerpt.file), *written))


def document_line(file: str) -> str:
    """Return the line of CoNLL-U with which a document begins that is named after a file; empty for no name."""
    return f"# newdoc id = {' '.join(file.splitlines())}\n" if file else ""


TOOL_FILES = {
    "label-studio": ToolFile(_label_studio, "[\n", ",\n", "\n]\n"),
    "doccano": ToolFile(_doccano, separator="\n", foot="\n"),
    "prodigy": ToolFile(_prodigy, separator="\n", foot="\n"),
    "jsonl": ToolFile(_jsonl, separator="\n", foot="\n", takes_tags=True),
    "conllu": ToolFile(_conllu, takes_tags=True),
}
"""The tools that read one file."""
TOOLS_TO_WRITE = (*TOOL_FILES, "brat")
TOOLS_WITH_LABELS = ("label-studio", "brat")
"""The tools whose files say which labels there are to choose from."""


def check_target(tool: str, target: Path, project: Project, *, overwrite: bool) -> None:
    """Raise ConfigError for what a tool cannot hold, and DataError where its file exists and may not be replaced."""
    if not (tool in TOOL_FILES and TOOL_FILES[tool].takes_tags) and not project.has_spans_alone:
        raise ConfigError(
            f"--to {tool} holds the spans of one task, but --tasks is {', '.join(project.tasks)}: name one that has "
            f"spans{f' ({chr(44).join(project.span_tasks)})' if project.span_tasks else ''}, or choose conllu or jsonl"
        )
    if tool == "brat":
        check_brat_folder(target, project.labels[project.task], overwrite=overwrite)
        return
    for path in (target, interface_file(target)) if tool == "label-studio" else (target,):
        if path.is_dir():
            raise DataError(f"{path}: is a folder; name a file")
        if path.exists() and not overwrite:
            raise DataError(f"{path}: exists already; name another file, or say --overwrite to replace it")


def write_tool_file(excerpts: Iterable[Excerpt], tool: str, target: Path, project: Project) -> int:
    """Write excerpts for a tool, one of TOOLS_TO_WRITE, and return how many there were.

    The target is a file, with brat a folder. It appears when it is whole, and replaces what is there. Label Studio's
    labelling interface is written beside it (`interface_file`). Call `check_target` before long work. Raises DataError
    where it cannot be written.
    """
    if tool == "brat":
        return write_brat_folder(excerpts, project.task, project.labels[project.task], target)
    form = TOOL_FILES[tool]
    count = 0
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with new_file(target) as file:
            for count, excerpt in enumerate(excerpts, start=1):
                before = form.head if count == 1 else form.separator
                file.write((before + form.record(excerpt, project)).encode("utf-8"))
            if not count:  # what was there stays
                raise DataError(f"{target}: there is no excerpt with a word to annotate; give texts that have some")
            file.write(form.foot.encode("utf-8"))
        if tool == "label-studio":
            write_file(interface_file(target), labelling_interface(project.labels[project.task]))
    except OSError as error:
        raise DataError(f"{error.filename or target}: could not be written: {error.strerror}") from None
    return count


def interface_file(target: Path) -> Path:
    """Return where Label Studio's labelling interface is written, beside the file of its tasks."""
    return target.with_name(f"{target.stem}.interface.xml")


def labelling_interface(labels: Iterable[str]) -> str:
    """Return Label Studio's labelling interface for these labels, by whose names the predictions go."""
    choices = "".join(f"    <Label value={quoteattr(label)}/>\n" for label in labels)
    return (
        f'<View>\n  <Labels name="label" toName="text">\n{choices}  </Labels>\n'
        '  <Text name="text" value="$text"/>\n</View>\n'
    )
