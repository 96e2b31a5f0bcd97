"""The annotated file behind each split of a corpus, and what to take from it.

A source says which sentences to keep, and how many there should be; tags may be renamed.
"""

import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tagger.corpus.recipe import Expectation, Portion
from tagger.errors import DataError
from tagger.files import new_file
from tagger.text.reading import STDIN_NAME
from tagger.text.remarks import Remarks
from tagger.text.sentence import Sentence

_STDIN = "-"

ReadFile = Callable[[str, Remarks], Iterator[Sentence]]
"""A function that yields the sentences of a file, given its path, and adds what it did not read as it stands."""
TagMap = Mapping[str, Mapping[str, str]]
"""By task: tags that are replaced, with the tag that replaces each."""


@dataclass(frozen=True)
class Source:
    """The file of one split, and the sentences to keep of it.

    `expect` says how many sentences and tokens these should be.
    """

    file: str
    keep: Portion | None = None
    expect: Expectation | None = None

    def sentences(self, read: ReadFile, tag_map: TagMap, remarks: Remarks) -> Iterator[Sentence]:
        """Yield the sentences to keep that have a token, their tags replaced by `tag_map`."""
        for number, sentence in enumerate(read(self.file, remarks), start=1):
            if len(sentence) and (self.keep is None or number in self.keep):
                for task in tag_map.keys() & sentence.tags.keys():
                    names = tag_map[task]
                    sentence = sentence.with_tags(task, [names.get(tag, tag) for tag in sentence.tags[task]])
                yield sentence


@dataclass(frozen=True)
class HeldSource(Source):
    """The sentences of one split that a program holds, in place of a file."""

    file: str = ""
    held: Sequence[Sentence] = field(default=(), kw_only=True)
    remarks: Remarks = field(default_factory=Remarks, kw_only=True)
    """What was not taken over as it stood when the sentences were made."""

    def sentences(self, read: ReadFile, tag_map: TagMap, remarks: Remarks) -> Iterator[Sentence]:
        """Yield the sentences that have a token, their tags replaced by `tag_map`."""
        for remark in self.remarks:
            remarks.add(remark.what, remark.first, remark.count)
        yield from super().sentences(lambda file, remarks: iter(self.held), tag_map, remarks)


@contextmanager
def readable_twice(sources: Mapping[str, Source]) -> Iterator[dict[str, Source]]:
    """Yield the sources, with standard input replaced by a temporary file.

    Standard input can be read only once. Messages call the file `<stdin>`. Raises DataError when more than one split
    comes from standard input.
    """
    splits = [split for split, source in sources.items() if source.file == _STDIN]
    if len(splits) > 1:
        raise DataError(f"standard input cannot be both {' and '.join(splits)}; give a file for all but one")
    if not splits:
        yield dict(sources)
        return
    with TemporaryDirectory(prefix="tagger-stdin-") as folder:
        if sys.stdin is None:
            raise DataError(f"{STDIN_NAME}: standard input is closed; give a file")
        copy = Path(folder) / STDIN_NAME  # readers name sentences after their file
        try:
            with new_file(copy) as file:
                shutil.copyfileobj(sys.stdin.buffer, file)
        except OSError as error:
            raise DataError(f"{STDIN_NAME}: cannot be kept in {folder}: {error.strerror}") from None
        try:
            yield {**sources, splits[0]: replace(sources[splits[0]], file=str(copy))}
        except DataError as error:
            raise DataError(str(error).replace(str(copy), STDIN_NAME)) from None
