"""Excerpts of text files, which people annotate one after the other: sentences or passages, tagged beforehand."""

import os
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial

from tagger.errors import EmptyFileError
from tagger.runtime.margins import label_probability, margins
from tagger.runtime.tagger import Tagger
from tagger.tagging.several_files import SeveralFiles
from tagger.text.file_patterns import input_files
from tagger.text.passages import LONGEST
from tagger.text.reading import file_name, text_pieces
from tagger.text.sentence import Sentence, Span
from tagger.text.source_space import SpacedReaders
from tagger.text.tokenize import TextReader

UNITS = ("sentence", "passage")
"""What is annotated at a time: a sentence, or the sentences of a paragraph, up to about LONGEST characters."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A piece of a text that is annotated as one: its sentences, with the tags and probabilities of a model.

    `file` is where it was read. `margin` tells how sure the model is of it (see `tagger.runtime.margins`), and `sought`
    is the highest probability of a label that is looked for.
    """

    sentences: tuple[Sentence, ...]
    file: str = ""
    margin: float = 1.0
    sought: float = 0.0

    @property
    def start(self) -> int:
        """Offset of its first character in the file, where line ends count one character."""
        return self.sentences[0].start

    @property
    def text(self) -> str:
        """The text of its sentences, with the white space between them."""
        *others, last = self.sentences  # between two sentences there may be nothing, as in Chinese
        return "".join(each.text + (" " if each.after is None else each.after) for each in others) + last.text

    def spans(self, task: str) -> list[tuple[Span, int, int]]:
        """Return the spans of a task, each with the offsets of its start and its end in `text`."""
        start = self.start
        found = (span for sentence in self.sentences for span in sentence.spans(task))
        return [(span, span.start - start, span.end - start) for span in found]

    def alone(self) -> "Excerpt":
        """Return the excerpt as a text of its own, whose first sentence begins a paragraph and whose last ends it."""
        first, *others = self.sentences
        sentences = [replace(first, paragraph=True), *(replace(each, paragraph=False) for each in others)]
        sentences[-1] = replace(sentences[-1], after="\n")
        return replace(self, sentences=tuple(sentences))


def pile(inputs: Sequence[str]) -> list[str]:
    """Return the files of texts that files, folders and patterns such as `news/*.txt` name; `-` is standard input.

    Raises DataError for a name that finds none.
    """
    found: list[str] = []
    for given in inputs:
        is_file = given == "-" or os.path.isfile(given)
        found += [given] if is_file else map(os.path.relpath, input_files([given]))
    return list(dict.fromkeys(found))


def tagged_excerpts(
    files: SeveralFiles,
    tagger: Tagger,
    tasks: Sequence[str],
    *,
    unit: str = "sentence",
    reading: str = "text",
    seek: Collection[str] = (),
) -> Iterator[Excerpt]:
    """Yield the excerpts of text files, tagged, while they are read; memory does not grow with the files.

    `unit` is one of UNITS, and `reading` is `text`, or `lines` where each line is a text of its own. The margins are
    those of `tasks`, and so are the probabilities of the labels in `seek`. Raises DataError for a model that reads
    tags, and as SeveralFiles does.
    """
    tagger.check_takes_text()
    return _joined(_tagged(files, tagger, tasks, reading, seek), unit)


def _tagged(
    files: SeveralFiles, tagger: Tagger, tasks: Sequence[str], reading: str, seek: Collection[str]
) -> Iterator[Excerpt]:
    """Yield excerpts of one sentence each."""
    read = partial(_read, read=SpacedReaders(tagger.readers())[reading])
    names: deque[str] = deque()  # the files of the sentences that are being tagged

    def sentences() -> Iterator[Sentence]:
        for file, sentence in files.each(read):
            names.append(file)
            yield sentence

    transitions = tagger.transitions
    with closing(tagger.windows(sentences(), waits=False)) as windows:
        for window in windows:
            for sentence, margin in zip(window, margins(window, tasks, transitions), strict=True):
                sought = label_probability(sentence, tasks, seek) if seek else 0.0
                yield Excerpt((sentence,), names.popleft(), margin, sought)


def _read(path: str, read: TextReader) -> Iterator[Sentence]:
    """Yield the sentences of a text file, whose line ends become line feeds: tools would count others in two ways."""
    empty = True
    for sentence in read((piece.replace("\r\n", "\n").replace("\r", "\n") for piece in text_pieces(path)), 0):
        empty = False
        yield sentence
    if empty:
        raise EmptyFileError(f"{file_name(path)}: nothing but white space in it, so nothing to annotate")


def _joined(excerpts: Iterable[Excerpt], unit: str) -> Iterator[Excerpt]:
    """Yield the excerpts, joined to passages where these are wanted."""
    held: list[Excerpt] = []
    for excerpt in excerpts:
        begins = excerpt.file != held[0].file or excerpt.sentences[0].paragraph if held else False
        if held and (unit == "sentence" or begins or excerpt.sentences[0].end - held[0].start > LONGEST):
            yield _one(held)
            held = []
        held.append(excerpt)
    if held:
        yield _one(held)


def _one(parts: Sequence[Excerpt]) -> Excerpt:
    sentences = tuple(sentence for part in parts for sentence in part.sentences)
    margin, sought = min(part.margin for part in parts), max(part.sought for part in parts)
    return Excerpt(sentences, parts[0].file, margin, sought).alone()
