"""Annotated sentences with the places of their words: `file:line` of an annotated file, or the name in a corpus."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tagger.corpus.any_data import open_split, read
from tagger.corpus.read import open_corpus, read_split
from tagger.text.sentence import Sentence


@dataclass(frozen=True)
class AnnotatedSentences:
    """Sentences with tags in IOB2, the schemes of their tasks (None for plain tags), and the place of each word."""

    sentences: Sequence[Sentence]
    schemes: dict[str, str | None]
    places: Sequence[Sequence[str]]
    as_read: Sequence[Sentence]
    """The sentences as their file has them, which tells documents apart."""


def read_annotated(
    path: Path,
    split: str,
    *,
    format: str | None = None,
    columns: Sequence[str] | None = None,
    tasks: Mapping[str, str] | None = None,
) -> AnnotatedSentences:
    """Return the sentences of an annotated file, or of a split of a corpus folder.

    `format`, `columns` and `tasks` are those of `tagger.read`, for a file. The places of a file's words are
    `file:line`. A corpus keeps the names of its sentences alone: the place of a word is that name, which is the file
    and the line of the first word where the source names none, and its number. Raises DataError and ConfigError as
    `tagger.read` does.
    """
    if path.is_dir():
        with open_corpus(path) as corpus:
            sentences = list(read_split(corpus, split))
            places = [[f"{each.id}, word {number}" for number in range(1, len(each) + 1)] for each in sentences]
            schemes = {task: info.scheme for task, info in corpus.tasks.items() if info.counts(split)}
        return AnnotatedSentences(sentences, schemes, places, sentences)
    given = [each for each in read(path, format, columns=columns, tasks=tasks) if len(each)]
    with open_split(given, "train", {}) as (corpus, _):
        sentences = list(read_split(corpus, "train"))
        schemes = {task: info.scheme for task, info in corpus.tasks.items()}
    return AnnotatedSentences(sentences, schemes, [_places(each) for each in given], given)


def _places(sentence: Sentence) -> list[str]:
    return [sentence.place(index) for index in range(len(sentence))]
