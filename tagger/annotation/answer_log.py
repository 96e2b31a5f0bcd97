"""The answers of one annotator: JSON lines that are only ever appended, each on disk before it counts as given."""

import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tagger.documents import parse_json
from tagger.errors import DataError
from tagger.files import flush

ACCEPT, SKIP, UNDO = "accept", "skip", "undo"
KINDS = (ACCEPT, SKIP, UNDO)
"""An excerpt's tags are right now; it is left out; its last answer is taken back."""


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """What an annotator said of an excerpt: one of KINDS and, where it was accepted, the tags of each task."""

    excerpt: int
    kind: str
    tags: Mapping[str, Sequence[str]]


class AnswerLog:
    """The file of one annotator's answers, open for more. The last answer to an excerpt is the one that holds.

    A line that was cut short, because the process was killed as it wrote, was never said to be on disk: it is removed.
    An answer that is whole but for the end of its line, which some editors take away, stays.
    Raises DataError for a file that holds anything else.
    """

    def __init__(self, path: Path) -> None:
        content = _whole_lines(path) if path.exists() else b""
        self.answers, self._earlier = _read(path, content)
        self._file = path.open("ab", buffering=0)  # what could not be written must not wait for the next answer
        self._size = len(content)
        self._file.truncate(self._size)
        if content and not content.endswith(b"\n"):
            self._size += self._file.write(b"\n")
        flush(path.parent)  # or a power cut could take a new file with all answers in it

    def add(self, answer: GivenAnswer) -> None:
        """Write an answer to the disk. Raises OSError where that fails; the file is then as it was before."""
        content = {"excerpt": answer.excerpt, "answer": answer.kind, "tags": answer.tags, "time": round(time.time(), 3)}
        line = json.dumps(content, ensure_ascii=True).encode() + b"\n"
        try:
            left = memoryview(line)
            while left:
                left = left[self._file.write(left) :]
            os.fsync(self._file.fileno())
        except OSError:
            os.ftruncate(self._file.fileno(), self._size)
            raise
        self._size += len(line)
        _apply(answer, self.answers, self._earlier)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read_answers(path: Path) -> dict[int, GivenAnswer]:
    """Return the answer that holds for each excerpt, from an annotator's file. Raises DataError (`file:line`)."""
    return _read(path, _whole_lines(path))[0]


def _read(path: Path, content: bytes) -> tuple[dict[int, GivenAnswer], dict[int, list[GivenAnswer]]]:
    """Return the answer that holds for each excerpt, and those before it, which an `undo` brings back.

    `content` is that of the file, without a line that was cut short.
    """
    answers: dict[int, GivenAnswer] = {}
    earlier: dict[int, list[GivenAnswer]] = {}
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            keys = parse_json(line)
            answer = GivenAnswer(keys["excerpt"], keys["answer"], keys["tags"])
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path}:{number}: not an answer of tagger annotate ({error}); take the line out") from None
        _apply(answer, answers, earlier)
    return answers, earlier


def _apply(answer: GivenAnswer, answers: dict[int, GivenAnswer], earlier: dict[int, list[GivenAnswer]]) -> None:
    before = earlier.setdefault(answer.excerpt, [])
    if answer.kind != UNDO:
        if answer.excerpt in answers:
            before.append(answers[answer.excerpt])
        answers[answer.excerpt] = answer
    elif before:
        answers[answer.excerpt] = before.pop()
    else:
        answers.pop(answer.excerpt, None)


def _whole_lines(path: Path) -> bytes:
    """Return the content of a file up to the end of its last whole line, which may lack its line end."""
    content = path.read_bytes()
    end = content.rfind(b"\n") + 1
    try:
        parse_json(content[end:])
    except ValueError:
        return content[:end]
    return content
