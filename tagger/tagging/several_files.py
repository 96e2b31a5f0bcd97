"""Reading several files one after the other: one that is empty or cannot be read does not stop the others."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from tagger.errors import DataError, EmptyFileError
from tagger.text.reading import file_name

Item = TypeVar("Item")


class SeveralFiles:
    """Files that are read in turn.

    Where there are several, one that is empty or cannot be read leaves a message, and the next one is read. A single
    file's error is raised. One thread may read while another one calls `tell`.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = paths
        self._messages: deque[str] = deque()
        self._empty = self._unread = 0
        self._has_any = False

    @property
    def are_several(self) -> bool:
        """Whether there is more than one file, so that the output must say which one a sentence is from."""
        return len(self._paths) > 1

    def each(self, read: Callable[[str], Iterable[Item]]) -> Iterator[tuple[str, Item]]:
        """Yield what `read` yields for each file, with the file's path as given.

        What was read of a file before an error stays.
        """
        for path in self._paths:
            try:
                for item in read(path):
                    self._has_any = True
                    yield path, item
            except DataError as error:
                if not self.are_several:
                    raise
                if isinstance(error, EmptyFileError):
                    self._empty += 1
                    self._messages.append(f"{file_name(path)}: skipped, because nothing is in it to tag")
                else:
                    self._unread += 1
                    self._messages.append(str(error))

    def tell(self, say: Callable[[str], None]) -> None:
        """Tell the user the messages since the last call, in the caller's thread: a reader may outlive an interrupt."""
        while self._messages:
            say(self._messages.popleft())

    def check(self) -> None:
        """Raise DataError, once all files are read, where some could not be read or all are empty."""
        if self._unread:
            rest = "; the others are tagged" if self._has_any else ""
            raise DataError(f"{self._unread} of {len(self._paths)} files could not be read, or not to their end{rest}")
        if self._empty == len(self._paths):
            raise DataError(f"nothing to tag in any of the {len(self._paths)} files: give one that holds text")
