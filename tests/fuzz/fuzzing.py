"""Tries mutated inputs and notes what comes out other than a result or a `TaggerError`."""

import random
import tempfile
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mutations import mutated
from targets import Target

from tagger.errors import TaggerError
from tagger.text.visible import as_message

LONGEST_MESSAGE = 5000
"""Characters of a message, and more than any that a person would read."""


@dataclass(frozen=True)
class Failure:
    """An input that did harm; `number` makes it again."""

    target: str
    number: int
    content: bytes
    trace: str


def content_of(name: str, target: Target, seed: int, number: int) -> bytes:
    """The mutated input of that number."""
    return mutated(target.inputs, random.Random(f"{name}/{seed}/{number}"))


def try_inputs(name: str, target: Target, seed: int, numbers: range) -> Iterator[Failure]:
    """Try the inputs of these numbers; yield each failure."""
    for number in numbers:
        content = content_of(name, target, seed, number)
        with tempfile.TemporaryDirectory(prefix="tagger-fuzz-") as folder:
            try:
                target.check(content, Path(folder))
            except TaggerError as error:
                message = as_message(str(error))  # as it is printed
                if not message.strip() or len(message) > LONGEST_MESSAGE:
                    yield Failure(name, number, content, f"a message of {len(message):,} characters: {message[:300]}")
            except Exception:
                yield Failure(name, number, content, traceback.format_exc())
