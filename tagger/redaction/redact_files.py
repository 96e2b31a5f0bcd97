"""Redact files, behind `tagger redact`: the rest of the text stays as it is, to the byte.

The files are read once into temporary files without a name, and tagged; then all are rewritten, so that a name that
stands in the last file is known in the first. A stream is rewritten as it comes, with the names known so far; a
pseudonym may then be a word of what comes later.
"""

import io
import itertools
import os
import stat
import tempfile
from array import array
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, TextIO

from tagger.errors import ConfigError, DataError
from tagger.files import new_file
from tagger.redaction.checked_patterns import LONGEST, Match
from tagger.redaction.redacted_outputs import RedactionLog, output_files
from tagger.redaction.redactor import Redaction, Redactor, Rewriter
from tagger.text.file_patterns import input_files
from tagger.text.reading import (
    BYTE_ORDER_MARK,
    PIECE_BYTES,
    PieceOfLine,
    decode_pieces,
    file_name,
    not_utf8,
    open_bytes,
)
from tagger.text.sentence import Sentence

Rewritten = tuple[str, tuple[Redaction, ...]]
"""A piece of redacted text, and what was replaced in it."""
_MARK = "\ufeff"
_BLOCK = 1 << 16
"""Characters that are rewritten together."""


@dataclass(frozen=True)
class RedactedFiles:
    """Where redacted texts go: `output` is a file, a folder where there are several, or None for `stdout`.

    `mapping` is a file, which only its owner may read, with a line of JSON for everything that was replaced.
    """

    output: Path | None = None
    mapping: Path | None = None
    overwrite: bool = False


def redact_files(
    files: Sequence[str],
    redactor: Redactor,
    target: RedactedFiles,
    stdout: TextIO,
    *,
    reading: str = "text",
    stream: bool = False,
) -> Counter[str]:
    """Redact files, `-` being standard input, and return how much of each label was replaced.

    With `stream`, the one input is written while it comes. All files are written at the end of the run, with their
    mapping, or none is; the mapping of what goes to `stdout` is kept however the run ends. Raises DataError for what
    cannot be read, before anything is written unless it is a stream, and where an output exists and may not be
    replaced, and ConfigError where the mapping would lie in the place of an input or an output.
    """
    inputs = ["-"] if list(files) in ([], ["-"]) else input_files(files)
    if stream and (len(inputs) > 1 or target.output):
        raise ConfigError("--stream is for one input, which is written to standard output: leave --output out")
    outputs = output_files(files, inputs, target.output)
    if target.mapping:
        _check_apart(target.mapping, inputs, outputs)
    for path in filter(None, [*outputs, target.mapping]):
        if path.exists() and not path.is_file():
            raise DataError(f"{path}: is no file, so it is not replaced; name another")
        if path.exists() and not target.overwrite:
            raise DataError(f"{path}: exists already; name another file, or say --overwrite to replace it")
    to_files = any(outputs)
    log = RedactionLog(target.mapping, is_kept=not to_files)
    if stream:
        with log:
            _write_out(_streamed(inputs[0], redactor, reading), stdout, partial(log.add, file_name(inputs[0])))
        return log.counts
    with ExitStack() as stack:
        copies = [_Copy(path, stack.enter_context(tempfile.TemporaryFile())) for path in inputs]
        for copy in copies:
            copy.learn(redactor, reading)
        finished = stack.enter_context(ExitStack())  # is left after the mapping is in its place
        with log:
            for copy, output in zip(copies, outputs, strict=True):
                add = partial(log.add, file_name(copy.path))
                if output is None:
                    _write_out(copy.rewritten(redactor), stdout, add)
                else:
                    _write(output, copy.mode, copy.rewritten(redactor), add, finished)
        _put_in_place(finished)
    return log.counts


def _check_apart(mapping: Path, inputs: Sequence[str], outputs: Sequence[Path | None]) -> None:
    """Raise ConfigError where the mapping is an input or an output, by its name or where links lead."""
    real = os.path.realpath(mapping)
    if any(real == os.path.realpath(path) for path in filter(None, outputs)):
        raise ConfigError(f"{mapping}: is also the output, which others may read: name another file for --mapping")
    if any(path != "-" and real == os.path.realpath(path) for path in inputs):
        raise ConfigError(f"{mapping}: is also an input, which would be lost: name another file for --mapping")


class _Copy:
    """What a file held when it was tagged, and the names that the model has found there."""

    def __init__(self, path: str, file: IO[bytes]) -> None:
        self.path, self._file = path, file
        self.mode = 0o666 if path == "-" else stat.S_IMODE(os.stat(path).st_mode) & 0o666
        self._found, self._labels = array("q"), list[str]()
        self._mark = ""

    def learn(self, redactor: Redactor, reading: str) -> None:
        """Copy the file and tag it. Raises DataError where it cannot be read."""
        for window in _tagged(self._copied(), redactor, reading, waits=False):
            for sentence in window:
                for start, end, label in redactor.learn(sentence):
                    if label not in self._labels:
                        self._labels.append(label)
                    self._found.extend((start, end, self._labels.index(label)))

    def rewritten(self, redactor: Redactor) -> Iterator[Rewritten]:
        """Yield the redacted text in pieces, each with what was replaced in it."""
        self._file.seek(0)
        rewriter, at = Rewriter(redactor), 0
        yield self._mark, ()
        with io.TextIOWrapper(self._file, encoding="utf-8", newline="") as text:
            while block := text.read(_BLOCK):
                rewriter.put(block)
                while at < len(self._found) and self._found[at] < rewriter.end:
                    start, end, label = self._found[at : at + 3]
                    rewriter.expect([Match(start, end, self._labels[label])])
                    at += 3
                yield rewriter.take(rewriter.end - LONGEST)
            yield rewriter.take(rewriter.end)

    def _copied(self) -> Iterator[str]:
        for piece in _pieces(self.path):
            if piece == _MARK and not self._file.tell():
                self._mark = piece
            else:
                try:
                    self._file.write(piece.encode())
                    self._file.flush()
                except OSError as error:
                    raise DataError(
                        f"{tempfile.gettempdir()}: no copy of {file_name(self.path)} could be kept there: "
                        f"{error.strerror or error}; TMPDIR names another folder"
                    ) from None
                yield piece


def _streamed(path: str, redactor: Redactor, reading: str) -> Iterator[Rewritten]:
    """Yield the redacted text of a file while it comes, in pieces, each with what was replaced in it."""
    rewriter = Rewriter(redactor)
    arrived: deque[str] = deque()

    def passed_on() -> Iterator[str]:  # in a thread of the tagger
        for number, piece in enumerate(_pieces(path)):
            if piece == _MARK and not number:
                marks.append(piece)
                continue
            arrived.append(piece)
            yield piece

    marks: list[str] = []
    for window in _tagged(passed_on(), redactor, reading, waits=True):
        for sentence in window:
            rewriter.expect(redactor.learn(sentence))
        until = window[-1].end
        while arrived:
            rewriter.put(arrived.popleft())
        if marks:
            yield marks.pop(), ()
        # Nothing that is found goes on over an empty line; elsewhere a match may go on in what has not come yet.
        is_whole = rewriter.rest(until).isspace() and "\n" in rewriter.rest(until)
        yield rewriter.take(rewriter.end if is_whole else min(until, rewriter.end - LONGEST))
    while arrived:
        rewriter.put(arrived.popleft())
    yield "".join(marks), ()
    yield rewriter.take(rewriter.end)


def _tagged(pieces: Iterator[str], redactor: Redactor, reading: str, *, waits: bool) -> Iterator[list[Sentence]]:
    """Yield the tagged sentences of a text that comes in pieces, window by window."""
    tagger = redactor.tagger
    tagger.check_takes_text()
    sentences = tagger.readers(waits=waits)[reading](pieces, 0)
    with closing(tagger.windows(sentences, scores=redactor.wants_scores, waits=waits)) as windows:
        yield from windows


def _pieces(path: str) -> Iterator[str]:
    """Yield the text of a file in pieces, decompressed; a byte order mark at its start is a piece of its own.

    Raises DataError where the file cannot be read or is not UTF-8.
    """

    def damage(place: PieceOfLine, at: int) -> DataError:
        return not_utf8(path, place.line, place.content, at, before=place.before)

    with open_bytes(path) as stream:
        first = stream.readline(PIECE_BYTES)
        if first.startswith(BYTE_ORDER_MARK):
            yield _MARK
        yield from decode_pieces(itertools.chain([first], iter(partial(stream.readline, PIECE_BYTES), b"")), damage)


def _write_out(rewritten: Iterable[Rewritten], stdout: TextIO, add: Callable[[Iterable[Redaction]], None]) -> None:
    """Write a redacted text to standard output; first what was replaced, so that what is out can be undone."""
    for text, redactions in rewritten:
        add(redactions)
        stdout.write(text)
        stdout.flush()


def _write(
    output: Path,
    mode: int,
    rewritten: Iterable[Rewritten],
    add: Callable[[Iterable[Redaction]], None],
    finished: ExitStack,
) -> None:
    """Write a redacted text to a file that those may read who `mode` says; `finished` puts it in its place."""
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        file = finished.enter_context(new_file(output, mode=mode))
        for text, redactions in rewritten:
            file.write(text.encode())
            add(redactions)
        file.flush()
    except OSError as error:
        raise DataError(f"{output}: could not be written: {error.strerror or error}") from None


def _put_in_place(finished: ExitStack) -> None:
    try:
        finished.close()
    except OSError as error:
        raise DataError(f"{error.filename or 'an output'}: could not be written: {error.strerror or error}") from None
