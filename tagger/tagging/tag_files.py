"""Tagging files, behind `tagger tag`: text or annotated files in, tagged text out."""

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TextIO

from tagger.errors import ConfigError, DataError
from tagger.model.folder import check_onnx_files, open_model
from tagger.model.shipped_models import find_model
from tagger.runtime.tagger import Tagger, load
from tagger.tagging.annotated import AnnotatedFiles
from tagger.tagging.chunks import Chunk, batches_of_chunks, chunks_of_sentences, read_text
from tagger.text.layout import Layout
from tagger.text.reading import file_name, is_live
from tagger.text.remarks import Remarks
from tagger.text.render import OUTPUT_FORMATS, check_format, check_layout, render_sentence
from tagger.text.sentence import Sentence


@dataclass(frozen=True)
class TagOptions:
    """How files are tagged, and by which model.

    `model` is a model folder or the name of a shipped model, english by default. `runtime` and `threads` are as in
    `load`. `format` is the output's, one of OUTPUT_FORMATS, and `scores`, `top` and `color` are as in Layout. Files are
    read as `annotated` says, or else as plain text by one of TEXT_READERS, `reading`. `trust_code` is as in `load`, and
    `checked` says that the model's files were compared with their manifest already.
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
    of thing in it that was not read as it stands. Raises TaggerError for errors that a user can fix.
    """
    check_format(options.format, color=options.color, top=options.top)
    if options.annotated and options.reading != "text":
        raise ConfigError(f"--{options.reading} is for text, and --from for annotated files: leave one of them out")
    for path in paths:
        if path != "-" and not os.path.exists(path):
            raise DataError(f"{file_name(path)}: there is no such file; check the path")
    options = replace(options, model=find_model(options.model))  # once, for all processes
    say = say or (lambda message: None)
    tagged = _tag_here(paths, options, say) if jobs == 1 else _tag_in_processes(paths, options, jobs, say)
    with closing(tagged) as pieces:
        for piece in pieces:
            output.write(piece)
            output.flush()


def load_tagger(options: TagOptions, threads: int | None = None) -> tuple[Tagger, Layout]:
    """Load the model, and the layout of what the output shows of its sentences.

    `threads` replaces the options' number. Raises ConfigError where the format has no place for the layout.
    """
    tagger = load(
        options.model,
        options.runtime,
        threads or options.threads,
        options.trust_code,
        check=not options.checked,
    )
    layout = Layout(tagger.tasks, tagger.span_tasks, options.scores, options.top, options.color)
    check_layout(options.format, layout)
    return tagger, layout


def _tag_here(paths: Sequence[str], options: TagOptions, say: Say) -> Generator[str, None, None]:
    """Yield the output in pieces, tagged by this process."""
    tagger, layout = load_tagger(options)
    head, foot = OUTPUT_FORMATS[options.format].head, OUTPUT_FORMATS[options.format].foot
    count = 0
    if options.annotated:
        sentences = _annotated_sentences(paths, options.annotated, tagger.given, say)
    else:
        tagger.check_takes_text()
        sentences = chain.from_iterable(read_text(path, options.reading) for path in paths)
    waits = any(map(is_live, paths))
    with closing(tagger.windows(sentences, scores=options.wants_scores, waits=waits)) as windows:
        for window in windows:
            numbered = enumerate(window, start=count + 1)
            yield "".join(
                [head(number, each.id) + render_sentence(each, options.format, layout) for number, each in numbered]
            )
            count += len(window)
    yield foot(count)


def _tag_in_processes(paths: Sequence[str], options: TagOptions, jobs: int, say: Say) -> Generator[str, None, None]:
    """Yield the same output, tagged by `jobs` processes."""
    from tagger.tagging.processes import in_processes

    head, foot = OUTPUT_FORMATS[options.format].head, OUTPUT_FORMATS[options.format].foot
    threads = options.threads or max(1, (os.cpu_count() or 1) // jobs)
    count = 0
    tasks: Iterator[list[Chunk]]
    folder = open_model(find_model(options.model))
    check_onnx_files(folder)
    options = replace(options, checked=True)
    if options.annotated:
        given = tuple(folder.given)
        sentences = _annotated_sentences(paths, options.annotated, given, say)
        tasks = ([chunk] for chunk in chunks_of_sentences(sentences))
    else:
        tasks = batches_of_chunks(paths, options.reading)
    with closing(in_processes(tasks, partial(_ChunkTagger, options, threads), jobs)) as results:
        for tagged in results:
            numbered = enumerate(tagged, start=count + 1)
            yield "".join([head(number, name) + each for number, (name, each) in numbered])
            count += len(tagged)
    yield foot(count)


def _annotated_sentences(
    paths: Sequence[str], annotated: AnnotatedFiles, layers: Sequence[str], say: Say
) -> Iterator[Sentence]:
    """The sentences of annotated files, one file after the other."""
    for path in paths:
        remarks = Remarks()
        yield from annotated.read(path, layers, remarks)
        for remark in remarks:
            say(str(remark))


class _ChunkTagger:
    """Tags chunks in a worker process, which loads the model once."""

    def __init__(self, options: TagOptions, threads: int) -> None:
        self._options = options
        self._tagger, self._layout = load_tagger(options, threads)
        if not options.annotated:
            self._tagger.check_takes_text()

    def __call__(self, chunks: Iterable[Chunk]) -> list[tuple[str, str]]:
        """Tag chunks: the name of each sentence, and the sentence as the output has it.

        The head before each sentence, which counts them, is left to the caller.
        """
        options = self._options
        sentences = chain.from_iterable(chunk.read(options.reading) for chunk in chunks)
        tagged = self._tagger.tag(sentences, scores=options.wants_scores, overlap=False)
        return [(sentence.id, render_sentence(sentence, options.format, self._layout)) for sentence in tagged]
