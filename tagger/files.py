"""Files and folders that exist whole or not at all, and locks on folders in use.

Everything is written under a temporary name beside its target, flushed to the disk, and renamed when it is whole. A
temporary name holds the machine and the process, so the next run with the same target recognises and removes what a
killed process left behind.
"""

import errno
import os
import re
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO
from uuid import uuid4

from tagger.errors import DataError

UNFINISHED = ".unfinished"
"""Ending of every temporary name."""
UNFINISHED_NAME = rf"\.[^/]+{re.escape(UNFINISHED)}(/.*)?"
"""Regular expression of a temporary name, and of all that is in a folder of such a name."""
Foreign = Callable[[Path], str | None]
"""Says why an existing folder may not be replaced, such as the name of a file that is not ours; None where it may."""

_STARTED = time.time()
"""When this process began, about: older temporary files with its number belong to a dead process of that number."""


@contextmanager
def new_folder(target: Path, *, overwrite: bool = False, marker: str, foreign: Foreign | None = None) -> Iterator[Path]:
    """Yield an empty folder that becomes `target` if the block succeeds; otherwise remove it.

    `overwrite` replaces only an empty folder, or one of ours as `check_free` finds it. Raises DataError when the target
    exists and may not be replaced, or cannot be made.
    """
    target = Path(os.path.abspath(target))  # a name such as '.' has no parent to write in
    check_free(target, overwrite=overwrite, marker=marker, foreign=foreign)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        remove_leftovers(target)
        temporary = _temporary(target)
        temporary.mkdir()
    except OSError as error:
        raise DataError(f"{error.filename or target}: cannot be made: {error.strerror}") from None
    try:
        yield temporary
        check_free(target, overwrite=overwrite, marker=marker, foreign=foreign)  # again: others are quick
        put_in_place(temporary, target)
    except OSError as error:
        raise DataError(f"{target}: could not be written: {error.strerror}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def check_free(target: Path, *, overwrite: bool = False, marker: str, foreign: Foreign | None = None) -> None:
    """Raise DataError unless a folder may be written at `target`.

    `marker` is the file that marks a folder as one of ours; `foreign` looks into the folder for anything that is not.
    Call this function before long work.
    """
    if not os.path.lexists(target):
        return
    if not overwrite:
        raise DataError(f"{target}: exists already; name another folder, or say --overwrite to replace it")
    if target.is_symlink() or not target.is_dir():
        raise DataError(f"{target}: is not a folder, so it is not overwritten; name another")
    if not any(target.iterdir()):
        return
    if not (target / marker).is_file():
        raise DataError(f"{target}: holds other files and no {marker}, so it is not overwritten; name another folder")
    if reason := foreign and foreign(target):
        raise DataError(f"{target}: {reason}, so it is not overwritten; move it away, or name another folder")


def foreign_entry(folder: Path, own: re.Pattern[str]) -> str | None:
    """Return the first file, folder or link below a folder whose path in it is not wholly matched by `own`.

    Paths of folders end in a slash. A link is never ours.
    """
    for directory, folders, files in os.walk(folder):
        for name in sorted(folders + files):
            path = Path(directory, name)
            relative = path.relative_to(folder).as_posix()
            if path.is_symlink() or not own.fullmatch(relative + "/" * path.is_dir()):
                return relative
    return None


def check_outside(sources: Iterable[Path | str], target: Path) -> None:
    """Raise DataError where a file or folder that is read lies in the folder that is to be replaced, or is that folder.

    Links are followed. Names of no file, such as `-` or those of NLTK, are left out.
    """
    for source in filter(os.path.lexists, sources):
        if lies_in(source, target):
            raise DataError(
                f"{source}: lies in {target}, which would be replaced, and the file with it: move it, or name another "
                "folder"
            )


def lies_in(path: Path | str, folder: Path) -> bool:
    """Whether a path is a folder or lies in it, by its name or where links lead."""
    paths, folders = ((Path(os.path.abspath(each)), Path(os.path.realpath(each))) for each in (path, folder))
    return any(each.is_relative_to(outer) for each in paths for outer in folders)


def put_in_place(folder: Path, target: Path) -> None:
    """Flush a finished folder and rename it to `target`.

    A folder already at `target` is moved aside first and removed last. A kill leaves the old folder, the new one, or
    (between two renames) the old one under the name that it was moved aside to, which is removed as soon as there is a
    new one. Call `remove_leftovers` before the work begins. Raises OSError.
    """
    _flush_tree(folder)
    aside = _put_aside(target, "replaced")
    try:
        folder.rename(target)
    except OSError:
        if aside.exists():
            aside.rename(target)
        raise
    flush(target.parent)
    shutil.rmtree(aside, ignore_errors=True)
    remove_leftovers(target)  # the only copy of the old folder, of a run that was killed between the renames


def copy_folder(source: Path, target: Path) -> None:
    """Copy a folder to `target`, which exists whole or not at all. Raises OSError."""
    remove_leftovers(target)
    temporary = _temporary(target)
    try:
        shutil.copytree(source, temporary)
        put_in_place(temporary, target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def remove_folder(folder: Path) -> None:
    """Remove a folder, if it exists, all of it at once.

    A kill leaves nothing under the folder's name. Raises OSError.
    """
    remove_leftovers(folder)
    shutil.rmtree(_put_aside(folder, "removed"), ignore_errors=True)


@contextmanager
def new_file(target: Path, *, leftovers: bool = True, mode: int = 0o666) -> Iterator[IO[bytes]]:
    """Yield a binary file that replaces `target` if the block ends well, else is removed.

    `leftovers` of dead processes are removed first, which reads the names in the folder: turn it off for many files in
    one folder. `mode` says who may read the file, from its beginning on; the process's mask takes away. Raises OSError
    where the file cannot be written.
    """
    if leftovers:
        remove_leftovers(target)
    temporary = _temporary(target)
    try:
        with open(temporary, "xb", opener=lambda path, flags: os.open(path, flags, mode)) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
        flush(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write_file(target: Path, content: str | bytes) -> None:
    """Write a file whole or not at all; text as UTF-8 with line feeds. Raises OSError."""
    with new_file(target) as file:
        file.write(content.encode("utf-8") if isinstance(content, str) else content)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder while a run writes to it, so that a second run is refused.

    The lock is the hidden file `.NAME.lock` beside the folder, which names the process. The system releases the lock
    when that process ends, however it ends, so the lock of a dead process is taken over. On a file system without
    locks, nothing is locked. Raises DataError, which names the process that holds the lock, or says that the file
    cannot be made.
    """
    folder = Path(os.path.abspath(folder))
    path = folder.with_name(f".{folder.name}.lock")
    made = [parent for parent in path.parents if not parent.exists()]
    try:
        yield from _locked(folder, path)
    finally:
        for parent in made:
            with suppress(OSError):  # the run has put something there
                parent.rmdir()


def _locked(folder: Path, path: Path) -> Iterator[None]:
    """Hold the lock of a folder, which is the file `path`, while the caller has the yielded value."""
    import fcntl  # not on Windows, where nothing but training needs it

    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise DataError(f"{error.filename or path}: cannot be made: {error.strerror}") from None
        try:
            with suppress(OSError):
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    holder = os.read(lock, 1000).decode("utf-8", "replace").strip() or "another process"
                    raise DataError(
                        f"{folder}: {holder} is writing to it: wait for its end, stop it, or name another folder"
                    ) from None
            if not _is_file_at(lock, path):  # whoever held it removed it just now
                continue
            holder = f"process {os.getpid()} on {socket.gethostname()} ({' '.join(sys.argv)[:500]})\n"
            try:
                os.ftruncate(lock, 0)
                os.write(lock, holder.encode("utf-8", "replace"))
            except OSError as error:
                path.unlink(missing_ok=True)
                raise DataError(f"{path}: could not be written: {error.strerror}") from None
            try:
                yield
            finally:
                path.unlink(missing_ok=True)
            return
        finally:
            os.close(lock)


def flush(path: Path) -> None:
    """Flush a file, or the names in a folder, to the disk."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except PermissionError:  # a folder on Windows
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # a file system that cannot flush folders
            raise
    finally:
        os.close(descriptor)


def remove_leftovers(target: Path) -> None:
    """Remove temporary files and folders for `target` that dead processes have left.

    Nothing happens where the parent folder does not exist. A folder that was moved aside stays if it is the only copy:
    its run was killed between the two renames.
    """
    pattern = re.compile(
        re.escape(f".{target.name}.{socket.gethostname()}-")
        + r"(\d+)-[0-9a-f]{8}(-replaced|-removed)?"
        + re.escape(UNFINISHED)
    )
    for entry in os.scandir(target.parent) if target.parent.is_dir() else ():
        match = pattern.fullmatch(entry.name)
        is_only_copy = match and match[2] == "-replaced" and not target.exists()
        if not match or is_only_copy or _is_alive(int(match[1]), entry):
            continue
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path, ignore_errors=True)
        else:
            Path(entry.path).unlink(missing_ok=True)


def _temporary(target: Path, why: str = "") -> Path:
    """Return a name beside the target that nobody else uses, in this process or in another."""
    name = f".{target.name}.{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}{why}{UNFINISHED}"
    return target.with_name(name)


def _put_aside(folder: Path, why: str) -> Path:
    """Give a folder that is `replaced` or `removed` its name aside, and return that name."""
    aside = _temporary(folder, f"-{why}")
    if folder.exists():
        folder.rename(aside)
    return aside


def _is_alive(process: int, entry: os.DirEntry[str]) -> bool:
    """Return whether the process of this number that made the entry may still be running."""
    if process == os.getpid():  # the number may have been used before
        with suppress(FileNotFoundError):
            return entry.stat(follow_symlinks=False).st_mtime >= _STARTED
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _is_file_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False


def _flush_tree(folder: Path) -> None:
    """Flush all files and folders below a folder, and the folder itself, to the disk."""
    for directory, _, files in os.walk(folder):
        for name in files:
            flush(Path(directory, name))
        flush(Path(directory))
