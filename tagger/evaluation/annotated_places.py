"""Annotated sentences with the places of their words: `file:line` of an annotated file, or the name in a corpus."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tagger.corpus.any_data import is_corpus_folder, open_split, read
from tagger.corpus.read import open_corpus, read_split
from tagger.errors import ConfigError
from tagger.text.sentence import Sentence


@dataclass(frozen=True)
class AnnotatedSentences:
    """Sentences with tags in IOB2, the schemes of their tasks (None for plain tags), and the place of each word."""

    sentences: Sequence[Sentence]
    schemes: dict[str, str | None]
    places: Sequence[Sequence[str]]


@dataclass(frozen=True)
class FileReading:
    """How an annotated file is read: `format`, `columns`, `tasks` and the others are those of `convert`."""

    format: str | None = None
    columns: Sequence[str] | None = None
    tasks: Mapping[str, str] | None = None
    scheme: str | None = None
    every_quote: bool = False
    skip_refused: bool = False


def read_annotated(path: Path, split: str | None = None, reading: FileReading | None = None) -> AnnotatedSentences:
    """Return the sentences of an annotated file, or of a split of a corpus folder, by default train.

    The places of a file's words are `file:line`, and its tags are repaired. A corpus keeps the names of its sentences
    alone: the place of a word is that name, which is the file and the line of the first word where the source names
    none, and its number. Raises DataError and ConfigError as `tagger.read` does, and ConfigError for a split of a file,
    or a way of reading for a corpus folder.
    """
    reading = reading or FileReading()
    if is_corpus_folder(path):
        if reading != FileReading():
            raise ConfigError(
                f"{path}: --format, --columns, --scheme, --every-quote, --skip-refused and places of --tasks are for "
                "annotated files, and this is a corpus folder: leave them out"
            )
        split = split or "train"
        with open_corpus(path) as corpus:
            sentences = list(read_split(corpus, split))
            places = [[f"{each.id}, word {number}" for number in range(1, len(each) + 1)] for each in sentences]
            schemes = {task: info.scheme for task, info in corpus.tasks.items() if info.counts(split)}
        return AnnotatedSentences(sentences, schemes, places)
    if split is not None:
        raise ConfigError(f"{path}: --split is for corpus folders, and this is an annotated file: leave it out")
    found = read(
        path,
        reading.format,
        columns=reading.columns,
        tasks=reading.tasks,
        repair=True,
        every_quote=reading.every_quote,
        skip_refused=reading.skip_refused,
    )
    given = [each for each in found if len(each)]
    with open_split(given, "train", {}, scheme=reading.scheme, repair=True) as (corpus, _):
        sentences = list(read_split(corpus, "train"))
        schemes = {task: info.scheme for task, info in corpus.tasks.items()}
    return AnnotatedSentences(sentences, schemes, [_places(each) for each in given])


def _places(sentence: Sentence) -> list[str]:
    return [sentence.place(index) for index in range(len(sentence))]
