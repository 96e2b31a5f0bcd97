"""Annotated sentences from wherever a program has them, and a corpus made of them: what `tagger.train` begins with."""

import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tagger.corpus.convert import convert
from tagger.corpus.dev_cut import cut_dev
from tagger.corpus.document_groups import document_groups
from tagger.corpus.manifest import Manifest, Provenance
from tagger.corpus.read import open_corpus, read_split
from tagger.corpus.sources import HeldSource
from tagger.errors import ConfigError, DataError
from tagger.text.brat import is_brat
from tagger.text.formats import read_sentences
from tagger.text.held_sentences import held_sentences, is_path
from tagger.text.label_names import LabelsOption
from tagger.text.remarks import Remarks
from tagger.text.sentence import Sentence
from tagger.text.task_names import with_task_names

Data = Any
"""A path of an annotated file or a corpus folder, or sentences in any form that `read` takes."""
_SPLITS = {"train": "train", "dev": "dev", "validation": "dev", "valid": "dev", "val": "dev", "test": "test"}
"""Keys of a dictionary of splits, such as a `DatasetDict`, and the splits that they name."""
_MADE = "sentences from Python"


def read(
    source: Data,
    format: str | None = None,
    *,
    split: str | None = None,
    columns: Sequence[str] | None = None,
    separator: str | None = None,
    sentence_end: str | None = None,
    tasks: Mapping[str, str] | None = None,
    labels: LabelsOption | None = None,
    offsets: str | None = None,
    repair: bool = False,
    every_quote: bool = False,
    skip_refused: bool = False,
) -> list[Sentence]:
    """Return the annotated sentences of a file, of a split of a corpus folder, or of data that a program holds.

    A program's data are an iterable of `Sentence`s, of `(words, tags)`, of lists of `(word, tag)` tuples, or of
    dictionaries: `tokens` with `ner_tags` or any other lists of tags, or `text` with `spans`. They may also be a pandas
    or polars frame, with a row for each token or each sentence, or a split of Hugging Face's `datasets`, whose
    `ClassLabel`s name the ids of tags. `tags` in `(words, tags)` are a list, or a dictionary of lists by task.

    A task gets the name that its data imply: `ner_tags` becomes `ner`, and tags without a name become `ner` where they
    are tags of spans, else `pos`. With `tasks`, which maps tasks to their places, the names are those. `format`,
    `columns`, `separator`, `sentence_end`, `tasks`, `labels`, `offsets`, `repair`, `every_quote` and `skip_refused` are
    those of `read_sentences`; `split` is that of a corpus folder, by default the only one. Python warns of what was not
    read as it stands. Raises DataError, which names the file and line or the number of the sentence, and ConfigError
    for wrong options.
    """
    remarks = Remarks()
    if not is_path(source):
        given = {"format": format, "columns": columns, "separator": separator, "sentence_end": sentence_end}
        for option, value in given.items():
            if value is not None:
                raise ConfigError(f"{option} is for files, not for sentences that a program holds: leave it out")
        found = held_sentences(
            source,
            tasks=tasks,
            labels=labels,
            offsets=offsets,
            repair=repair,
            every_quote=every_quote,
            skip_refused=skip_refused,
            remarks=remarks,
        )
    elif is_corpus_folder(source):
        with open_corpus(Path(source)) as corpus:
            return list(read_split(corpus, split or _only_split(corpus)))
    else:
        found = list(
            read_sentences(
                str(source),
                format,
                columns=columns,
                separator=separator,
                sentence_end=sentence_end,
                tasks=tasks,
                labels=labels,
                offsets=offsets,
                repair=repair,
                every_quote=every_quote,
                skip_refused=skip_refused,
                remarks=remarks,
            )
        )
    for remark in remarks:
        warnings.warn(str(remark), stacklevel=2)
    return with_task_names({"": found})[""] if tasks is None else found


@contextmanager
def open_data(
    train: Data, dev: Data, test: Data, say: Callable[[str], None], known: Mapping[str, bool | None] | None = None
) -> Iterator[Manifest]:
    """Yield the corpus of three splits in any form that `read` takes; None stands for a split that is not given.

    `train` may also be a corpus folder with all of its splits, or a dictionary of splits, such as a `DatasetDict`;
    `dev` and `test` take the place of theirs. Where there is no dev split, every tenth document is taken from train for
    it, or less where documents are unknown or fewer than ten (see `cut_dev`), and `say` says so. `known` has the tasks
    whose names are known (see `with_task_names`). Anything but a corpus folder is converted to a temporary one, which
    is removed when the block ends.
    """
    remarks: dict[str, Remarks] = {}
    known = dict(known or {})
    if is_path(train) and is_corpus_folder(train):
        with open_corpus(Path(train)) as corpus:
            if dev is None and test is None and "dev" in corpus.splits:
                yield corpus
                return
            splits = {split: list(read_split(corpus, split)) for split in corpus.splits}
            known = {task: bool(info.scheme) for task, info in corpus.tasks.items()} | known
            provenance = Provenance(corpus.name, corpus.source, corpus.licence, corpus.notes)
    else:
        splits = {split: _read_split(data, split, remarks) for split, data in _splits_of(train).items()}
        provenance = Provenance(Path(train).name if is_path(train) else _MADE)
    later = {split: data for split, data in (("dev", dev), ("test", test)) if data is not None}
    splits |= {split: _read_split(data, split, remarks) for split, data in later.items()}
    if "train" not in splits:
        raise DataError(f"there is no train split to learn from, only {', '.join(splits)}")
    splits = with_task_names(splits, known)
    if "dev" not in splits:
        cut = cut_dev(*document_groups(splits["train"]))
        if cut.dev:
            say(
                f"no dev split is given: {cut.what} of train is taken for it "
                f"({len(cut.dev):,} of {len(splits['train']):,} sentences){'; ' * bool(cut.why_not)}{cut.why_not}"
            )
            splits |= {"train": cut.train, "dev": cut.dev}
    with _converted(splits, remarks, provenance, _place(train), lambda line: say(f"warning: {line}")) as corpus:
        yield corpus


@contextmanager
def open_split(
    data: Data, split: str, known: Mapping[str, bool | None], *, scheme: str | None = None, repair: bool = False
) -> Iterator[tuple[Manifest, str]]:
    """Yield a corpus that has the sentences of `data`, and the split in which they are.

    Of a corpus folder, or a dictionary of splits, that is `split`; anything else is converted to a temporary folder.
    `known` is that of `open_data`; `scheme` and `repair` are those of `convert`, for what is converted.
    """
    if is_path(data) and is_corpus_folder(data):
        with open_corpus(Path(data)) as corpus:
            yield corpus, split
        return
    split = _SPLITS.get(split, split)
    given = _splits_of(data) if isinstance(data, Mapping) else {split: data}
    if split not in given:
        raise DataError(f"there is no split '{split}' in the data, only {', '.join(given)}")
    remarks: dict[str, Remarks] = {}
    splits = with_task_names({split: _read_split(given[split], split, remarks)}, known)
    with _converted(splits, remarks, Provenance(_MADE), _place(data), scheme=scheme, repair=repair) as corpus:
        yield corpus, split


@contextmanager
def _converted(
    splits: Mapping[str, Sequence[Sentence]],
    remarks: Mapping[str, Remarks],
    provenance: Provenance,
    place: str,
    warn: Callable[[str], None] | None = None,
    *,
    scheme: str | None = None,
    repair: bool = False,
) -> Iterator[Manifest]:
    """Yield a corpus of sentences in a temporary folder, which messages call by `place`."""
    sources = {
        split: HeldSource(held=sentences, remarks=remarks.get(split, Remarks())) for split, sentences in splits.items()
    }
    with TemporaryDirectory(prefix="tagger-corpus-") as folder:
        made = Path(folder) / "corpus"
        corpus = convert(sources, made, scheme=scheme, repair=repair, provenance=provenance, warn=warn)
        yield replace(corpus, made_of=place)


def _place(data: Data) -> str:
    """Return what messages call data: their path, if they have one."""
    return str(data) if is_path(data) else "the sentences"


def _splits_of(data: Data) -> dict[str, Data]:
    """Return the splits of a dictionary of splits; anything else is train."""
    if not isinstance(data, Mapping):
        return {"train": data}
    found: dict[str, Data] = {}
    for name, each in data.items():
        if name not in _SPLITS:
            raise DataError(
                f"'{name}' is no split: a dictionary of splits has 'train', 'dev' (or 'validation') and 'test'; one "
                "sentence is given as a list of one dictionary"
            )
        found[_SPLITS[name]] = each
    return found


def _read_split(data: Data, split: str, remarks: dict[str, Remarks]) -> list[Sentence]:
    """Return the sentences of a split in any form, under the names that their tasks have there.

    What is not read as it stands is added to `remarks`, under the split's name.
    """
    if is_path(data) and is_corpus_folder(data):
        with open_corpus(Path(data)) as corpus:
            return list(read_split(corpus, split if split in corpus.splits else _only_split(corpus)))
    found = remarks[split] = Remarks()
    if is_path(data):
        return list(read_sentences(str(data), remarks=found))
    return held_sentences(data, split, remarks=found)


def is_corpus_folder(path: str | os.PathLike[str]) -> bool:
    """Return whether a path is a folder of a corpus, in any form that `open_corpus` opens, and not one of brat."""
    return os.path.isdir(path) and not is_brat(str(path))


def _only_split(corpus: Manifest) -> str:
    if len(corpus.splits) > 1:
        raise DataError(f"{corpus.place}: has the splits {', '.join(corpus.splits)}: say which, with split='train'")
    return next(iter(corpus.splits))
