"""Words, characters and tags with their ids: plain Python, for training and tagging alike.

Id 0 is padding everywhere. Words and characters have id 1 for what was never seen and start at 2; tags start at 1.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tagger.errors import ModelError

PADDING = 0
UNKNOWN = 1
FIRST_WORD = 2
FIRST_TAG = 1


@dataclass(frozen=True)
class Vocabulary:
    """Entries in the order of their ids, the first of which is `first`."""

    entries: tuple[str, ...]
    first: int
    ids: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ids", {entry: index + self.first for index, entry in enumerate(self.entries)})

    def __len__(self) -> int:
        """How many ids there are, padding and unknown included."""
        return len(self.entries) + self.first

    def __contains__(self, entry: str) -> bool:
        return entry in self.ids

    def save(self, path: Path) -> None:
        """Write one entry a line; a backslash, line feed or carriage return inside an entry is escaped."""
        path.write_text("".join(_escape(entry) + "\n" for entry in self.entries), encoding="utf-8", newline="\n")


def word_vocabulary(counts: Mapping[str, int], min_count: int = 1) -> Vocabulary:
    """The vocabulary of words or characters seen at least `min_count` times: the commonest first, ties by spelling.

    So the words seen once hold the last ids.
    """
    kept = (entry for entry, count in counts.items() if count >= min_count)
    return Vocabulary(tuple(sorted(kept, key=lambda entry: (-counts[entry], entry))), FIRST_WORD)


def tag_vocabulary(tags: Iterable[str]) -> Vocabulary:
    """The vocabulary of a task's tags, by spelling."""
    return Vocabulary(tuple(sorted(set(tags))), FIRST_TAG)


def given_tag_vocabulary(tags: Iterable[str]) -> Vocabulary:
    """The vocabulary of a layer's tags that a model is given, by spelling; like a word, a tag may be unknown."""
    return Vocabulary(tuple(sorted(set(tags) - {""})), FIRST_WORD)


def load_vocabulary(path: Path, first: int) -> Vocabulary:
    """Read what `Vocabulary.save` wrote. Raises ModelError when the file is missing or not what was written."""
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}: the model folder is not whole, train it again") from None
    except UnicodeDecodeError:
        raise ModelError(f"{path}: not UTF-8: the model folder is damaged, train it again") from None
    entries = tuple(_unescape(line) for line in text.split("\n")[:-1])
    if (text and not text.endswith("\n")) or len(set(entries)) != len(entries):
        raise ModelError(f"{path}: cut short or with an entry twice: the model folder is damaged, train it again")
    return Vocabulary(entries, first)


def character_window(word: str, max_length: int) -> Sequence[str]:
    """The characters that are read of a word: of one longer than `max_length`, its first and its last half."""
    if len(word) <= max_length:
        return word
    head = max_length // 2
    return word[:head] + word[len(word) - (max_length - head) :]


def _escape(entry: str) -> str:
    return entry.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")


def _unescape(line: str) -> str:
    if "\\" not in line:
        return line
    pieces = line.split("\\\\")
    return "\\".join(piece.replace("\\n", "\n").replace("\\r", "\r") for piece in pieces)
