"""Tagging files, behind `tagger tag`: text or annotated files in, tagged text out."""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TextIO

from tagger.errors import ConfigError, DataError
from tagger.model.folder import ModelFolder, check_onnx_files, open_model
from tagger.model.shipped_models import find_model
from tagger.runtime.tagger import Tagger, load
from tagger.runtime.text_readers import readers_of
from tagger.tagging.annotated import AnnotatedFiles
from tagger.tagging.chunks import Chunk, batches_of_chunks, chunks_of_sentences, chunks_of_text, read_text
from tagger.tagging.several_files import SeveralFiles
from tagger.text.layout import Layout
from tagger.text.reading import file_name, is_live
from tagger.text.remarks import Remarks
from tagger.text.render import OUTPUT_FORMATS, Frame, check_format, check_layout, render_sentence
from tagger.text.sentence import Sentence
from tagger.text.source_space import SpacedReaders
from tagger.text.tokenize import TextReader


@dataclass(frozen=True)
class TagOptions:
    """How files are tagged, and by which model.

    `model` is a model folder or the name of a shipped model, english by default. `runtime` and `threads` are as in
    `load`. `format` is the output's, one of OUTPUT_FORMATS, and `scores`, `top` and `color` are as in Layout. Files are
    read as `annotated` says, or else as plain text by one of TEXT_READERS, `reading`. `trust_code` is as in `load`, and
    `checked` says that the model's files were compared with their manifest already. `rules` is a file of rules beside
    the model's. `names_files` is for Ray's part files: whether sentences of plain text name their file. `min_score` is
    as in `load`.
    """

    model: Path | str | None = None
    format: str = "text"
    reading: str = "text"
    scores: bool = False
    top: int = 0
    color: bool = False
    runtime: str = "auto"
    threads: int | None = None
    annotated: AnnotatedFiles | None = None
    trust_code: bool = False
    checked: bool = False
    rules: str | None = None
    names_files: bool = False
    min_score: Mapping[str, float] | None = None

    @property
    def wants_scores(self) -> bool:
        """Whether the output has probabilities."""
        return self.scores or self.top > 0


Say = Callable[[str], None]
"""A function that tells the user something while files are tagged."""


def tag_files(paths: Sequence[str], options: TagOptions, output: TextIO, jobs: int = 1, say: Say | None = None) -> None:
    """Tag files one after the other, `-` being standard input, and write them to `output`.

    Sentences are written as soon as they are tagged; memory does not grow with the files. With several `jobs` as many
    processes tag chunks of the files; the output is the same. `say` is called, after each annotated file, for each kind
    of thing in it that was not read as it stands; where there are several files, also for each that is empty or cannot
    be read. Raises TaggerError for errors that a user can fix: at the end where only some files could not be read.
    """
    check_format(options.format, color=options.color, top=options.top)
    if options.annotated and options.reading != "text":
        raise ConfigError(f"--{options.reading} is for text, and --from for annotated files: leave one of them out")
    if not any(path == "-" or os.path.exists(path) for path in paths):
        raise DataError(f"{file_name(paths[0])}: there is no such file; check the path")
    options = replace(options, model=find_model(options.model))  # once, for all processes
    say = say or (lambda message: None)
    files = SeveralFiles(paths)
    waits = any(map(is_live, paths))
    tagged = _tag_here(files, options, say, waits) if jobs == 1 else _tag_in_processes(files, options, jobs, say)
    with closing(tagged) as pieces:
        for piece in pieces:
            output.write(piece)
            output.flush()
            files.tell(say)
    files.check()


def load_tagger(options: TagOptions, threads: int | None = None) -> tuple[Tagger, Layout]:
    """Load the model, and the layout of what the output shows of its sentences.

    `threads` replaces the options' number. Raises ConfigError where the format has no place for the layout.
    """
    tagger = load(
        options.model,
        options.runtime,
        threads or options.threads,
        options.trust_code,
        None if options.rules else options.min_score,
        check=not options.checked,
    )
    if options.rules:
        tagger = tagger.with_rules(options.rules, min_score=options.min_score)
    layout = Layout(tagger.tasks, tagger.span_tasks, options.scores, options.top, options.color)
    check_layout(options.format, layout)
    return tagger, layout


def readers_for(format: str, readers: Mapping[str, TextReader]) -> Mapping[str, TextReader]:
    """Return readers of plain text whose sentences have what an output format shows."""
    return SpacedReaders(readers) if OUTPUT_FORMATS[format].shows_white_space else readers


def _tag_here(files: SeveralFiles, options: TagOptions, say: Say, waits: bool) -> Generator[str, None, None]:
    """Yield the output in pieces, tagged by this process."""
    tagger, layout = load_tagger(options)
    frame = Frame(options.format)
    read: Callable[[str], Iterator[Sentence]]
    if options.annotated:
        read = partial(_read_annotated, options.annotated, tagger.given, say)
    else:
        tagger.check_takes_text()
        read = partial(read_text, read=readers_for(options.format, tagger.readers(waits=waits))[options.reading])
    layouts = _Layouts(layout)
    sentences = layouts.of_each(files.each(read)) if files.are_several else (each for _, each in files.each(read))
    with closing(tagger.windows(sentences, scores=options.wants_scores, waits=waits)) as windows:
        for window in windows:
            pieces = []
            for each in window:
                own = layouts.next()
                pieces.append(frame.head(each.id, own.file) + render_sentence(each, options.format, own))
            yield "".join(pieces)
    yield frame.foot()


class _Layouts:
    """The layout of each sentence, which names its file; remembered while the sentence is tagged."""

    def __init__(self, layout: Layout) -> None:
        self._plain = self._last = layout
        self._pending: deque[Layout] = deque()

    def of_each(self, sentences: Iterable[tuple[str, Sentence]]) -> Iterator[Sentence]:
        """Yield the sentences, given with their files."""
        for file, sentence in sentences:
            if file != self._last.file:
                self._last = replace(self._plain, file=file)
            self._pending.append(self._last)
            yield sentence

    def next(self) -> Layout:
        """Return the layout of the first sentence that was not asked for yet."""
        return self._pending.popleft() if self._pending else self._plain


def _tag_in_processes(files: SeveralFiles, options: TagOptions, jobs: int, say: Say) -> Generator[str, None, None]:
    """Yield the same output, tagged by `jobs` processes."""
    from tagger.tagging.processes import in_processes

    frame = Frame(options.format)
    threads = options.threads or max(1, (os.cpu_count() or 1) // jobs)
    folder = open_model(find_model(options.model))
    check_onnx_files(folder)
    options = replace(options, checked=True)
    read: Callable[[str], Iterator[Chunk]]
    if options.annotated:
        read = partial(_annotated_chunks, options.annotated, tuple(folder.given), say)
    else:
        readers = readers_for(options.format, _LateReaders(folder))
        read = partial(chunks_of_text, reading=options.reading, readers=readers)
    chunks = (replace(chunk, file=path) if files.are_several else chunk for path, chunk in files.each(read))
    tasks = batches_of_chunks(chunks)
    with closing(in_processes(tasks, partial(_ChunkTagger, options, threads), jobs)) as results:
        for tagged in results:
            yield "".join([frame.head(name, file) + each for name, file, each in tagged])
    yield frame.foot()


def _read_annotated(annotated: AnnotatedFiles, layers: Sequence[str], say: Say, path: str) -> Iterator[Sentence]:
    """The sentences of an annotated file; `say` is told what was not read as it stands."""
    remarks = Remarks()
    yield from annotated.read(path, layers, remarks)
    for remark in remarks:
        say(str(remark))


def _annotated_chunks(annotated: AnnotatedFiles, layers: Sequence[str], say: Say, path: str) -> Iterator[Chunk]:
    return chunks_of_sentences(_read_annotated(annotated, layers, say, path))


class _LateReaders(Mapping[str, TextReader]):
    """The readers of a model folder, opened when the first of them is asked for: most texts need none here."""

    def __init__(self, folder: ModelFolder) -> None:
        self._folder = folder

    @cached_property
    def _readers(self) -> Mapping[str, TextReader]:
        return readers_of(self._folder, threads=1)

    def __getitem__(self, reading: str) -> TextReader:
        return self._readers[reading]

    def __iter__(self) -> Iterator[str]:
        return iter(self._readers)

    def __len__(self) -> int:
        return len(self._readers)


class _ChunkTagger:
    """Tags chunks in a worker process, which loads the model once."""

    def __init__(self, options: TagOptions, threads: int) -> None:
        self._options = options
        self._tagger, self._layout = load_tagger(options, threads)
        if not options.annotated:
            self._tagger.check_takes_text()

    def __call__(self, chunks: Iterable[Chunk]) -> list[tuple[str, str, str]]:
        """Tag chunks: the name and the file of each sentence, and the sentence as the output has it.

        The head before each sentence, which counts them, is left to the caller.
        """
        options = self._options
        layouts, readers = _Layouts(self._layout), readers_for(options.format, self._tagger.readers())
        sentences = layouts.of_each(
            (chunk.file, each) for chunk in chunks for each in chunk.read(options.reading, readers)
        )
        tagged = self._tagger.tag(sentences, scores=options.wants_scores, overlap=False)
        rendered = []
        for sentence in tagged:
            own = layouts.next()
            rendered.append((sentence.id, own.file, render_sentence(sentence, options.format, own)))
        return rendered
