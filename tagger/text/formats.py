"""Read annotated sentences in any of the input formats."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tagger.errors import ConfigError, DataError
from tagger.text.brat import is_brat, read_brat
from tagger.text.column_names import column_list, task_names
from tagger.text.columns import read_columns
from tagger.text.conll2012 import read_conll2012
from tagger.text.conllu import DEFAULT_TASKS, read_conllu
from tagger.text.csv_rows import read_csv
from tagger.text.format_names import COLUMN_FORMATS, INPUT_FORMATS, OFFSETS
from tagger.text.jsonl import HUGGING_FACE, TOOLS, read_jsonl
from tagger.text.label_names import LabelsOption
from tagger.text.nltk_corpora import read_nltk
from tagger.text.pairs import read_pairs
from tagger.text.reading import STDIN_NAME, file_name
from tagger.text.remarks import Remarks
from tagger.text.sentence import Sentence

_JSON_FORMATS = ("jsonl", *TOOLS, HUGGING_FACE)
_SUFFIXES = {
    "conllu": ("conllu",),
    "jsonl": ("jsonl", "json", "ndjson"),
    "brat": ("ann",),
    "csv": ("csv",),
    "pairs": ("pairs",),
    "conll2012": ("gold_conll", "v4_gold_conll", "v9_gold_conll", "auto_conll", "v4_auto_conll"),
    "columns": ("conll", "iob", "iob1", "iob2", "bio", "tsv", "txt", "col", "ner", "pos"),
}
_COMPRESSED = ("gz", "xz", "bz2")


def read_sentences(
    path: str | Path,
    format: str | None = None,
    *,
    columns: Sequence[str] | None = None,
    separator: str | None = None,
    sentence_end: str | None = None,
    tasks: Mapping[str, str] | None = None,
    tagset: str | None = None,
    labels: LabelsOption | None = None,
    offsets: str | None = None,
    repair: bool = False,
    every_quote: bool = False,
    skip_refused: bool = False,
    remarks: Remarks | None = None,
) -> Iterator[Sentence]:
    """Yield the sentences of a file, of a folder of brat's, or of an NLTK corpus (`nltk:NAME`).

    `format` is one of `INPUT_FORMATS`; None guesses it from the name. `tasks` maps each task to where its tags are in
    the source: a CoNLL-U column such as `UPOS` or `MISC:NER`, a JSON key, or a named column. Other tasks are left out.
    Without it, CoNLL-U gives `upos` and `xpos`, and other formats give all that they have. `columns` (a list, or
    one text such as "token,_,ner"), `separator` and `sentence_end` are for column files (see `read_columns`), `tagset`
    is for NLTK. `labels` names the ids of tags in JSON, `offsets` (one of OFFSETS) says what the offsets of spans
    count, and `repair` keeps the longest of spans that overlap. `every_quote` and `skip_refused` are for JSON (see
    `read_jsonl`). Tags are those of the source, in its own scheme. What is not read as it stands is added to `remarks`.

    Raises DataError for what cannot be read and, at the end, for a task of `tasks` that no sentence has; ConfigError
    for options that do not fit together.
    """
    columns = None if columns is None else column_list(columns)
    format = guess_format(path, columns) if format is None else format
    if format in INPUT_FORMATS:
        check_span_options(format, labels, offsets)
        if (columns or separator) and format not in COLUMN_FORMATS:
            raise ConfigError(
                f"--columns and --separator are for column files, not for format {format}: leave them out"
            )
        if (every_quote or skip_refused) and format not in _JSON_FORMATS:
            raise ConfigError(f"--every-quote and --skip-refused are for JSON, not for format {format}: leave them out")
        if sentence_end is not None and format != "columns":
            raise ConfigError(f"--sentence-end is for column files, not for format {format}: leave it out")
    if format == "conllu":
        sentences = read_conllu(path, DEFAULT_TASKS if tasks is None else tasks, remarks=remarks)
    elif format == "columns":
        sentences = _read_columns(path, columns, separator, sentence_end, remarks)
    elif format == "csv":
        sentences = read_csv(path, columns, separator, remarks=remarks)
    elif format == "pairs":
        sentences = read_pairs(path, columns, separator)
    elif format == "conll2012":
        sentences = read_conll2012(path, tasks, remarks=remarks)
    elif format == "brat":
        sentences = read_brat(path, tasks, offsets=offsets, repair=repair, remarks=remarks)
    elif format in _JSON_FORMATS:
        tool = None if format == "jsonl" else format
        sentences = read_jsonl(
            path,
            tasks,
            tool=tool,
            labels=labels,
            offsets=offsets,
            repair=repair,
            every_quote=every_quote,
            skip_refused=skip_refused,
            remarks=remarks,
        )
    elif format == "nltk":
        sentences = read_nltk(str(path).removeprefix("nltk:"), tasks=tasks, tagset=tagset)
    else:
        raise ConfigError(f"there is no format '{format}'; there are {', '.join(INPUT_FORMATS)}")
    if tasks is None:
        return sentences
    if format in COLUMN_FORMATS:
        sentences = _only(sentences, columns or (), tasks)
    return _with_all(sentences, path, tasks)


def check_span_options(format: str, labels: LabelsOption | None, offsets: str | None) -> None:
    """Raise ConfigError where an option does not go with a format, or does not exist."""
    if offsets is not None and offsets not in OFFSETS:
        raise ConfigError(f"there are no offsets '{offsets}'; there are {', '.join(OFFSETS)}")
    if offsets is not None and format not in (*_JSON_FORMATS, "brat"):
        raise ConfigError(f"--offsets is for spans in JSON and brat's files, not for format {format}: leave it out")
    if labels is not None and format not in _JSON_FORMATS:
        raise ConfigError(f"--labels is for ids of tags in JSON, not for format {format}: leave it out")


def guess_format(path: str | Path, columns: Sequence[str] | None = None) -> str:
    """Return the format that a file's name implies, or one with columns where they are named.

    A folder of brat's, and a `.txt` beside its `.ann`, are `brat`.

    Raises ConfigError where the name implies none, DataError where there is not even such a file.
    """
    if str(path).startswith("nltk:"):
        return "nltk"
    if columns is None and is_brat(path):
        return "brat"
    parts = Path(path).name.lower().split(".")[1:]
    suffix = next((part for part in reversed(parts) if part not in _COMPRESSED), "")
    if columns is not None:
        return next((format for format in COLUMN_FORMATS if suffix in _SUFFIXES[format]), "columns")
    for format, suffixes in _SUFFIXES.items():
        if suffix in suffixes:
            return format
    _check_exists(path)
    raise ConfigError(
        f"{path}: the name does not tell its format; give one of {', '.join(INPUT_FORMATS)}, or name its columns"
    )


def _check_exists(path: str | Path) -> None:
    """Raise DataError where there is no such file, before anything is asked about it."""
    if file_name(path) != STDIN_NAME and not os.path.exists(path):
        raise DataError(f"{path}: there is no such file or folder; check the path")


def _read_columns(
    path: str | Path,
    columns: Sequence[str] | None,
    separator: str | None,
    sentence_end: str | None,
    remarks: Remarks | None,
) -> Iterator[Sentence]:
    if columns is None:
        _check_exists(path)
        raise ConfigError(f"{path}: what do its columns hold? Name them, for example token,_,ner (_ skips one)")
    return read_columns(path, columns, separator, sentence_end=sentence_end, remarks=remarks)


def _only(sentences: Iterator[Sentence], columns: Sequence[str], tasks: Mapping[str, str]) -> Iterator[Sentence]:
    """Return the sentences with the tasks alone, which `tasks` maps to columns."""
    for task, column in tasks.items():
        if column not in task_names(columns):
            raise ConfigError(f"task '{task}': there is no column '{column}' in {','.join(columns)}")
    return (
        replace(sentence, tags={task: sentence.tags[name] for task, name in tasks.items() if name in sentence.tags})
        for sentence in sentences
    )


def _with_all(sentences: Iterator[Sentence], path: str | Path, tasks: Mapping[str, str]) -> Iterator[Sentence]:
    """Yield the sentences, then raise DataError if none of them has one of the tasks."""
    missing = dict(tasks)
    for sentence in sentences:
        for task in sentence.tags:
            missing.pop(task, None)
        yield sentence
    for task, source in missing.items():
        raise DataError(f"{file_name(path)}: no sentence has tags in '{source}' (task '{task}'); name the right place")
