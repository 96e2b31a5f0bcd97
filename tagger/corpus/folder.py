"""A folder that is written under a temporary name and renamed when whole: one that exists is one that is complete."""

import os
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tagger.errors import DataError


@contextmanager
def new_folder(target: Path, *, overwrite: bool = False, proof: str) -> Iterator[Path]:
    """An empty folder beside `target` that takes its name when the block ends well, and is removed when it fails.

    `proof` is a file that marks a folder as one of ours: `overwrite` replaces only a folder that holds it, or an empty
    one. What a run that was killed has left behind is removed by the next run with the same target.
    Raises DataError when the target exists and may not be replaced, or cannot be made.
    """
    target = Path(os.path.abspath(target))  # a name such as '.' has no parent to write in
    check_free(target, overwrite=overwrite, proof=proof)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(target)
        temporary = target.with_name(_temporary_name(target, os.getpid()))
        temporary.mkdir()
    except OSError as error:
        raise DataError(f"{error.filename or target}: cannot be made: {error.strerror}") from None
    try:
        yield temporary
        _put_in_place(temporary, target, overwrite=overwrite, proof=proof)
    except OSError as error:
        raise DataError(f"{target}: could not be written: {error.strerror}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def check_free(target: Path, *, overwrite: bool = False, proof: str) -> None:
    """Raise DataError unless a folder may be written at `target`: cheap, so ask before the long work starts."""
    if not os.path.lexists(target):
        return
    if not overwrite:
        raise DataError(f"{target}: exists already; name another folder, or say --overwrite to replace it")
    if target.is_symlink() or not target.is_dir():
        raise DataError(f"{target}: is not a folder, so it is not overwritten; name another")
    if not (target / proof).is_file() and any(target.iterdir()):
        raise DataError(f"{target}: holds other files and no {proof}, so it is not overwritten; name another folder")


def _temporary_name(target: Path, process: int | str) -> str:
    return f".{target.name}.{socket.gethostname()}-{process}.unfinished"


def _remove_leftovers(target: Path) -> None:
    """Remove the temporary folders of runs on this machine that are no longer alive.

    One that was moved aside stays if it is the only copy: its run was killed between the two renames.
    """
    before, after = map(re.escape, _temporary_name(target, "\0").split("\0"))
    for path in target.parent.iterdir():
        match = re.fullmatch(before + r"(\d+)(-old)?" + after, path.name)
        if match and not _alive(int(match[1])) and (not match[2] or target.exists()):
            shutil.rmtree(path, ignore_errors=True)


def _alive(process: int) -> bool:
    if process == os.getpid():  # its own earlier attempt, or a number used again
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _put_in_place(temporary: Path, target: Path, *, overwrite: bool, proof: str) -> None:
    """Rename the temporary folder; what stood there is moved aside first and removed last."""
    check_free(target, overwrite=overwrite, proof=proof)  # again: another run may have been quicker
    if not target.exists():
        temporary.rename(target)
        return
    aside = target.with_name(temporary.name.replace(".unfinished", "-old.unfinished"))
    target.rename(aside)
    try:
        temporary.rename(target)
    except OSError:
        aside.rename(target)
        raise
    shutil.rmtree(aside, ignore_errors=True)
