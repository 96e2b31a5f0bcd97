"""What `tagger tag` does: text or annotated files in, tagged text out, in this process or in several."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TextIO

from tagger.errors import ConfigError, DataError
from tagger.model.folder import open_model
from tagger.runtime.tagger import Tagger, load
from tagger.tagging.annotated import AnnotatedFiles
from tagger.tagging.chunks import Chunk, batches_of_chunks, chunks_of_sentences, read_text
from tagger.text.layout import Layout
from tagger.text.reading import file_name, is_live
from tagger.text.render import OUTPUT_FORMATS, check_format, check_layout, render_sentence
from tagger.text.sentence import Sentence


@dataclass(frozen=True)
class TagOptions:
    """How files are tagged; `scores`, `top` and `color` as in Layout, `model`, `runtime` and `threads` as in `load`.
    Without `annotated` they are plain text, which is read in one of TEXT_READERS' ways."""

    model: str | None = None
    format: str = "text"
    reading: str = "text"
    scores: bool = False
    top: int = 0
    color: bool = False
    runtime: str = "auto"
    threads: int | None = None
    annotated: AnnotatedFiles | None = None


def tag_files(paths: Sequence[str], options: TagOptions, output: TextIO, jobs: int = 1) -> None:
    """Tag files, `-` being standard input, one after the other, and write them in one of FORMATS.

    Sentences are written as soon as they are tagged; memory does not grow with the files. With several `jobs` as many
    processes tag chunks of the files, and what is written stays the same. Raises TaggerError for what a user can mend.
    """
    check_format(options.format, color=options.color, top=options.top)
    if options.annotated and options.reading != "text":
        raise ConfigError(f"--{options.reading} is for text, and --from for annotated files: leave one of them out")
    for path in paths:
        if path != "-" and not os.path.exists(path):
            raise DataError(f"{file_name(path)}: there is no such file; check the path")
    with closing((tagged_here if jobs == 1 else tagged_in_processes)(paths, options, jobs)) as pieces:
        for piece in pieces:
            output.write(piece)
            output.flush()


def tagged_here(paths: Sequence[str], options: TagOptions, jobs: int = 1) -> Iterator[str]:
    """The output, in pieces, tagged by this process."""
    tagger, layout = opened(options)
    head, foot = OUTPUT_FORMATS[options.format].head, OUTPUT_FORMATS[options.format].foot
    count = 0
    if options.annotated:
        sentences = annotated_sentences(paths, options.annotated, tagger.given)
    else:
        tagger.check_takes_text()
        sentences = chain.from_iterable(read_text(path, options.reading) for path in paths)
    scores, waits = bool(options.scores or options.top), any(map(is_live, paths))
    with closing(tagger.windows(sentences, scores=scores, waits=waits)) as windows:
        for window in windows:
            numbered = enumerate(window, start=count + 1)
            yield "".join(
                [head(number, each.id) + render_sentence(each, options.format, layout) for number, each in numbered]
            )
            count += len(window)
    yield foot(count)


def tagged_in_processes(paths: Sequence[str], options: TagOptions, jobs: int) -> Iterator[str]:
    """The same output, tagged by several processes."""
    from tagger.tagging.processes import in_processes

    head, foot = OUTPUT_FORMATS[options.format].head, OUTPUT_FORMATS[options.format].foot
    threads = options.threads or max(1, (os.cpu_count() or 1) // jobs)
    count = 0
    if options.annotated:
        given = tuple(open_model(Path(options.model)).given)
        tasks = ([chunk] for chunk in chunks_of_sentences(annotated_sentences(paths, options.annotated, given)))
    else:
        tasks = batches_of_chunks(paths, options.reading)
    with closing(in_processes(tasks, partial(ChunkTagger, options, threads), jobs)) as results:
        for tagged in results:
            numbered = enumerate(tagged, start=count + 1)
            yield "".join([head(number, name) + each for number, (name, each) in numbered])
            count += len(tagged)
    yield foot(count)


def annotated_sentences(paths: Sequence[str], annotated: AnnotatedFiles, layers: Sequence[str]) -> Iterator[Sentence]:
    """The sentences of some files, one after the other."""
    return chain.from_iterable(annotated.read(path, layers) for path in paths)


class ChunkTagger:
    """What a worker process works with."""

    def __init__(self, options: TagOptions, threads: int) -> None:
        self._options = options
        self._tagger, self._layout = opened(options, threads)
        if not options.annotated:
            self._tagger.check_takes_text()

    def __call__(self, chunks: Iterable[Chunk]) -> list[tuple[str, str]]:
        """The name of each sentence of some chunks, and the sentence as it is written, but for its head."""
        options = self._options
        sentences = chain.from_iterable(chunk.read(options.reading) for chunk in chunks)
        tagged = self._tagger.tag(sentences, scores=bool(options.scores or options.top), overlap=False)
        return [(sentence.id, render_sentence(sentence, options.format, self._layout)) for sentence in tagged]


def opened(options: TagOptions, threads: int | None = None) -> tuple[Tagger, Layout]:
    """The model, and what is written of its sentences."""
    tagger = load(options.model, options.runtime, threads or options.threads)
    layout = Layout(tagger.tasks, tagger.span_tasks, options.scores, options.top, options.color)
    check_layout(options.format, layout)
    return tagger, layout
