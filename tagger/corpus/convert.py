"""Converts annotated files to a corpus folder of records.

The files are read twice: once to detect the scheme of their spans, once to write the records. Memory does not grow with
the files.
"""

import difflib
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from tagger.corpus.id_records import SEQUENCE_EXAMPLE, sequence_example_reader
from tagger.corpus.manifest import MANIFEST, SPLITS, Manifest, Provenance, SplitInfo, foreign_in_corpus, in_order
from tagger.corpus.recipe import RECIPE, Recipe, load_recipe
from tagger.corpus.scheme_detection import check_scheme, find_schemes
from tagger.corpus.sources import HeldSource, Source, TagMap, readable_twice
from tagger.corpus.writer import CorpusWriter, Progress, usual_shards
from tagger.errors import ConfigError, DataError
from tagger.files import check_free, check_outside, locked, new_folder
from tagger.text.format_names import INPUT_FORMATS
from tagger.text.formats import read_sentences
from tagger.text.held_sentences import held_sentences, is_path
from tagger.text.label_names import LabelsOption
from tagger.text.remarks import Remarks
from tagger.text.sentence import Sentence
from tagger.text.task_names import with_task_names

Warn = Callable[[str], None]


def convert(
    splits: Mapping[str, Any],
    directory: Path | str,
    *,
    format: str | None = None,
    columns: Sequence[str] | None = None,
    separator: str | None = None,
    sentence_end: str | None = None,
    tasks: Mapping[str, str] | None = None,
    features: Mapping[str, str] | None = None,
    vocabularies: Mapping[str, str | Path] | None = None,
    first_ids: Mapping[str, int] | None = None,
    padding_id: int | None = None,
    labels: LabelsOption | None = None,
    offsets: str | None = None,
    scheme: str | None = None,
    repair: bool = False,
    every_quote: bool = False,
    skip_refused: bool = False,
    tag_map: TagMap | None = None,
    shards: int | None = None,
    overwrite: bool = False,
    provenance: Provenance | None = None,
    read: Callable[[str], Iterator[Sentence]] | None = None,
    progress: Progress | None = None,
    warn: Warn | None = None,
) -> Manifest:
    """Write a corpus folder from one annotated file for each split; return its manifest.

    In place of a file's path, `splits` may have sentences that a program holds, in any form that `tagger.read` takes.
    Their tasks get the names that they imply (`ner_tags` is `ner`), unless `tasks` names them.
    `format`, `columns`, `separator`, `sentence_end`, `tasks`, `labels`, `offsets`, `every_quote` and `skip_refused` are
    those of `read_sentences`; `read` replaces that function. Spans are stored in IOB2, converted from `scheme` or from
    the scheme that fits all splits best; "plain" reads no tag as that of a span. An invalid tag is an error unless
    `repair`, which reads spans as conlleval does; of spans of a text that overlap, it keeps the longest. `tag_map`
    names, for a task, tags that are replaced by others before anything else. `shards` is the number of files of each
    split; by default 4 for train and 1 for any other. `progress` is called with a split and the number of its sentences
    written so far, `warn` (by default Python's warnings) with a message where a split is not what its recipe expects,
    and for each kind of thing that was not taken over as it stands; the manifest keeps these as `remarks`.

    The format "sequence-example" reads TFRecord files of SequenceExamples that another program wrote, compressed or
    not. `features` names the feature list of the `tokens` and of each task. Where it holds ids, `vocabularies` names
    the file of their names, one a line. The first line is id 0, or the id that `first_ids` gives for that list. Padding
    after the last token is left out: what follows the context feature `length` where a record has it, otherwise tokens
    with the padding id. That is `padding_id`, or the id of a line such as `<pad>`, `[PAD]` or an empty one.

    Raises DataError for anything wrong with the files, the tags or the folder, and then leaves no folder behind;
    ConfigError for arguments that do not fit each other.
    """
    if not isinstance(splits, Mapping):
        raise DataError(
            f"convert was given {type(splits).__name__}: give the data of each split by its name, such as "
            "{'train': 'train.conllu', 'dev': sentences}"
        )
    directory = Path(directory)
    held = {split: data for split, data in splits.items() if not (isinstance(data, Source) or is_path(data))}
    files = {split: file for split, file in splits.items() if split not in held}
    given = {split: file if isinstance(file, Source) else Source(str(file)) for split, file in files.items()}
    given |= _held_sources(
        held, tasks, labels, offsets, repair=repair, every_quote=every_quote, skip_refused=skip_refused
    )
    _check_arguments(given, scheme)
    if overwrite:
        check_outside([*(source.file for source in given.values()), *(vocabularies or {}).values()], directory)
    check_free(directory, overwrite=overwrite, marker=MANIFEST, foreign=foreign_in_corpus)
    looks_like_records = features is not None or any(_is_record_file(source.file) for source in given.values())
    if read is None and (format == SEQUENCE_EXAMPLE or (format is None and columns is None and looks_like_records)):
        for option, value in {
            "--columns": columns,
            "--separator": separator,
            "--sentence-end": sentence_end,
            "--tasks": tasks,
        }.items():
            if value is not None:
                raise ConfigError(f"{option} does not go with {SEQUENCE_EXAMPLE}, whose places --features names")
        read = sequence_example_reader(
            features or {}, vocabularies or {}, first_ids=first_ids or {}, padding_id=padding_id
        )
    elif features or vocabularies or first_ids or padding_id is not None:
        raise ConfigError(
            "--features, --vocabulary, --first-id and --padding-id go with --format sequence-example: give that, or "
            "leave them out"
        )
    if read is not None and (labels is not None or offsets is not None or every_quote or skip_refused):
        raise ConfigError(
            "--labels, --offsets, --every-quote and --skip-refused go with JSON and brat's files: leave them out"
        )
    if format is not None and format not in (*INPUT_FORMATS, SEQUENCE_EXAMPLE):
        raise ConfigError(f"there is no format '{format}'; there are {', '.join((*INPUT_FORMATS, SEQUENCE_EXAMPLE))}")

    def read_file(path: str, remarks: Remarks) -> Iterator[Sentence]:
        if read is not None:
            return read(path)
        return read_sentences(
            path,
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

    with locked(directory), readable_twice({split: given[split] for split in in_order(given)}) as sources:
        reading = {split: partial(source.sentences, read_file, tag_map or {}) for split, source in sources.items()}
        schemes = find_schemes(reading, scheme, repair=repair)
        with new_folder(directory, overwrite=overwrite, marker=MANIFEST, foreign=foreign_in_corpus) as folder:
            writer = CorpusWriter(folder, schemes, repair, progress or (lambda split, done: None))
            for split, source in sources.items():
                info = writer.write(split, reading[split], usual_shards(split) if shards is None else shards)
                _compare(split, source, info, warn or _warn)
            manifest = writer.manifest(provenance or Provenance(name=directory.name))
            manifest.save(folder)
    for split, remarks in manifest.remarks.items():
        for remark in remarks:
            (warn or _warn)(f"{split}: {remark}")
    return replace(manifest, directory=directory)


def convert_recipe(
    recipe_folder: Path | str,
    directory: Path | str,
    source: Path | str | None = None,
    *,
    shards: int | None = None,
    repair: bool = False,
    overwrite: bool = False,
    progress: Progress | None = None,
    warn: Warn | None = None,
) -> Manifest:
    """Write the corpus folder `directory` as a recipe says; return its manifest.

    The files are in the folder `source`, or beside the recipe. For an NLTK corpus, `source` is an `nltk_data` folder.
    Raises ConfigError for a wrong recipe, DataError for wrong files.
    """
    recipe_folder = Path(recipe_folder)
    recipe = load_recipe(recipe_folder)
    home = recipe_folder if recipe_folder.is_dir() else recipe_folder.parent
    if overwrite:
        check_outside([recipe_folder / RECIPE if recipe_folder.is_dir() else recipe_folder], Path(directory))
    files = _files(recipe, home, Path(source) if source is not None else None)
    return convert(
        {split: Source(files[split], part.keep, part.expect) for split, part in recipe.splits.items()},
        directory,
        format=recipe.format,
        columns=recipe.columns or None,
        separator=recipe.separator,
        sentence_end=recipe.sentence_end,
        tasks=recipe.tasks or None,
        labels=_labels(recipe, home if source is None else Path(source)),
        offsets=recipe.offsets,
        scheme=recipe.scheme,
        repair=repair or recipe.repair,
        tag_map=recipe.tag_map,
        shards=shards,
        overwrite=overwrite,
        provenance=Provenance(recipe.name, recipe.source, recipe.licence, recipe.notes),
        progress=progress,
        warn=warn,
    )


def _held_sources(
    held: Mapping[str, Any],
    tasks: Mapping[str, str] | None,
    labels: LabelsOption | None,
    offsets: str | None,
    *,
    repair: bool,
    every_quote: bool,
    skip_refused: bool,
) -> dict[str, Source]:
    """Return the sources of splits that a program holds."""
    remarks = {split: Remarks() for split in held}
    sentences = {
        split: held_sentences(
            data,
            split,
            tasks=tasks,
            labels=labels,
            offsets=offsets,
            repair=repair,
            every_quote=every_quote,
            skip_refused=skip_refused,
            remarks=remarks[split],
        )
        for split, data in held.items()
    }
    named = with_task_names(sentences) if tasks is None else sentences
    return {split: HeldSource(held=named[split], remarks=remarks[split]) for split in held}


def _is_record_file(name: str) -> bool:
    """Return whether a file's name is one of TFRecords: `x.tfrecord`, `x.tfrecord-00000-of-00002`, `x.tfrecords.gz`."""
    return bool(re.search(r"\.tfrecords?(-\d+-of-\d+)?(\.(gz|gzip|zlib))?$", name))


def _check_arguments(sources: Mapping[str, Source], scheme: str | None) -> None:
    if not sources:
        raise DataError("nothing to convert: give at least one split, for example train=FILE")
    for split in sources:
        if not re.fullmatch("[A-Za-z]+", split):
            raise DataError(f"'{split}' cannot name a split, since files are named after it: use letters alone")
        if split not in SPLITS and (meant := _misspelt(split)):
            raise DataError(f"there is no split '{split}': did you mean '{meant}'?")
    check_scheme(scheme)


def _misspelt(split: str) -> str | None:
    """Return the usual split of which a name is a slip: letters in another order, or one lost or too much.

    Names that begin with a usual one, such as `testa` and `testb`, are others' own.
    """
    if split.startswith(SPLITS):
        return None
    near = difflib.get_close_matches(split, SPLITS, n=1, cutoff=0.85) if len(split) > 3 else []
    same = [usual for usual in SPLITS if sorted(usual) == sorted(split)]
    return next(iter([*same, *near]), None)


def _compare(split: str, source: Source, info: SplitInfo, warn: Warn) -> None:
    """Warn where a split has another size than its recipe expects."""
    expect = source.expect
    if expect is not None and (expect.sentences, expect.tokens) != (info.sentences, info.tokens):
        warn(
            f"{source.file}: split '{split}' has {info.sentences:,} sentences and {info.tokens:,} tokens where the "
            f"recipe expects {expect.sentences:,} and {expect.tokens:,}: is this another release of the source?"
        )


def _warn(message: str) -> None:
    warnings.warn(message, stacklevel=4)


def _files(recipe: Recipe, home: Path, source: Path | None) -> dict[str, str]:
    """The file of each split of a recipe, in `source` or beside the recipe.

    For an NLTK corpus, the name that NLTK has for the file. Raises DataError where a file is missing.
    """
    folder = home if source is None else source
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder; the recipe '{recipe.name}' looks for its files in it")
    if recipe.format == "nltk":
        if source is not None:
            _search_for_nltk_data(source)
        return {split: part.file for split, part in recipe.splits.items()}
    files = {split: folder / part.file for split, part in recipe.splits.items()}
    for split, file in files.items():
        if not (file.is_file() or (recipe.format == "brat" and file.is_dir())):
            raise DataError(
                f"{file}: no such file, where the recipe '{recipe.name}' has its {split} split; get the data from "
                f"{recipe.source} and give its folder with --source"
            )
    return {split: str(file) for split, file in files.items()}


def _labels(recipe: Recipe, folder: Path) -> LabelsOption | None:
    """Return the names of ids that a recipe has, or its files of them in a folder."""
    if not isinstance(recipe.labels, dict):
        return folder / recipe.labels if isinstance(recipe.labels, str) else recipe.labels
    return {key: folder / each if isinstance(each, str) else each for key, each in recipe.labels.items()}


def _search_for_nltk_data(folder: Path) -> None:
    """Make NLTK search a folder for its corpora first."""
    import nltk

    if str(folder) not in nltk.data.path:
        nltk.data.path.insert(0, str(folder))
