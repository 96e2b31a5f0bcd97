"""Vocabularies: ids of words, characters and tags, for training and for tagging.

Id 0 is padding in every vocabulary. Words and characters have id 1 for unknown ones and start at 2; tags start at 1.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tagger.errors import ModelError
from tagger.files import write_file
from tagger.text.composing import composed, is_composed

PADDING = 0
"""Id of padding."""
UNKNOWN = 1
"""Id of unknown words, characters and given tags."""
FIRST_WORD = 2
"""Id of the first entry of a vocabulary of words, characters or given tags."""
FIRST_TAG = 1
"""Id of the first tag of a task."""


@dataclass(frozen=True)
class Vocabulary:
    """Entries in the order of their ids, which start at `first`."""

    entries: tuple[str, ...]
    first: int
    ids: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ids", {entry: index + self.first for index, entry in enumerate(self.entries)})

    def __len__(self) -> int:
        """Number of ids, including those of padding and unknown."""
        return len(self.entries) + self.first

    def __contains__(self, entry: str) -> bool:
        return entry in self.ids

    def save(self, path: Path) -> None:
        """Write one entry per line.

        Backslashes, line feeds and carriage returns inside an entry are escaped.
        """
        write_file(path, "".join(_escape(entry) + "\n" for entry in self.entries))


def word_vocabulary(counts: Mapping[str, int], min_count: int = 1) -> Vocabulary:
    """Return the vocabulary of words or characters that occur at least `min_count` times.

    The most frequent come first, equally frequent ones in the order of their spelling. So words that occur once have
    the last ids, by which training recognises them.
    """
    kept = (entry for entry, count in counts.items() if count >= min_count)
    return Vocabulary(tuple(sorted(kept, key=lambda entry: (-counts[entry], entry))), FIRST_WORD)


def tag_vocabulary(tags: Iterable[str]) -> Vocabulary:
    """Return the vocabulary of a task's tags, sorted by spelling."""
    return Vocabulary(tuple(sorted(set(tags))), FIRST_TAG)


def given_tag_vocabulary(tags: Iterable[str]) -> Vocabulary:
    """Return the vocabulary of a given layer's tags, sorted by spelling.

    Unlike a task's tags, they may be unknown.
    """
    return Vocabulary(tuple(sorted(set(tags) - {""})), FIRST_WORD)


def load_vocabulary(path: Path, first: int) -> Vocabulary:
    """Read a file that `Vocabulary.save` wrote.

    Raises ModelError where it is missing or damaged.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}: the model folder is not whole, train it again") from None
    except UnicodeDecodeError:
        raise ModelError(f"{path}: not UTF-8: the model folder is damaged, train it again") from None
    if "\r" in text:  # an entry's own are escaped
        raise ModelError(f"{path}: has carriage returns, which a copy to another system put there: copy it unchanged")
    entries = tuple(_unescape(line) for line in text.split("\n")[:-1])
    if (text and not text.endswith("\n")) or len(set(entries)) != len(entries):
        raise ModelError(f"{path}: cut short or with an entry twice: the model folder is damaged, train it again")
    return Vocabulary(entries, first)


def with_composed_entries(vocabulary: Vocabulary) -> Vocabulary:
    """Return a vocabulary of words or characters with its entries in NFC, in which they are looked up.

    An older model may have others. An entry stays as it is where its composed form is an entry too, or where that of a
    character has several characters.
    """
    if all(map(is_composed, vocabulary.entries)):
        return vocabulary
    taken = set(vocabulary.entries)
    entries = []
    for entry in vocabulary.entries:
        form = composed(entry)
        keeps = form in taken or (len(entry) == 1 and len(form) > 1)
        entries.append(entry if keeps else form)
        taken.add(form)
    return Vocabulary(tuple(entries), vocabulary.first)


def character_window(word: str, max_length: int) -> Sequence[str]:
    """Return the characters of a word that are read.

    If it has more than `max_length`, these are half from its start and half from its end.
    """
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
