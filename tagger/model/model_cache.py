"""The folder in the user's cache where models out of archives are kept, each under the SHA-256 of its archive."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tagger.documents import parse_json
from tagger.errors import DataError, ModelError
from tagger.files import new_folder, remove_folder
from tagger.model.model_manifest import ARCHIVE_FILE, has_all_files

CACHE_VARIABLE = "TAGGER_CACHE"
"""Environment variable with the folder in which models are kept, in place of that of the user's cache."""


@dataclass(frozen=True)
class CachedModel:
    """A model that was unpacked: its folder, and the address or file that it came from."""

    folder: Path
    source: str


def cache_folder() -> Path:
    """Return the folder of the cache: `TAGGER_CACHE`, else `rnn-tagger-models` where the system keeps caches."""
    if given := os.environ.get(CACHE_VARIABLE):
        return Path(given).absolute()
    if sys.platform == "darwin":
        base = Path("~/Library/Caches")
    elif sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or "~/AppData/Local")
    else:
        # The XDG Base Directory Specification: a relative path in the variable is to be ignored.
        given = os.environ.get("XDG_CACHE_HOME", "")
        base = Path(given if os.path.isabs(given) else "~/.cache")
    try:
        return base.expanduser() / "rnn-tagger-models"
    except RuntimeError:  # no home folder is known
        raise ModelError(f"no home folder is known to keep models in: set {CACHE_VARIABLE} to a folder") from None


def cached_model(digest: str) -> CachedModel | None:
    """Return the model of the archive with this SHA-256; None where it is not in the cache, whole.

    Files must be there and have their size; their checksums are compared when each is read.
    """
    model = _read(cache_folder() / digest)
    return model if model and has_all_files(model.folder) else None


def cached_models() -> Iterator[CachedModel]:
    """Yield all models in the cache, none where there is no cache."""
    try:
        folders = sorted(cache_folder().iterdir())
    except (OSError, ModelError):
        return
    for path in folders:
        if len(path.name) == 64 and (model := _read(path)):
            yield model


@contextmanager
def new_cached_model(digest: str, source: str) -> Iterator[Path]:
    """Yield an empty folder in which a model folder is put, and which is in the cache if the block succeeds.

    What lies there and is damaged is removed. Two processes may do so at once: the first that is ready stays. Raises
    ModelError where the cache cannot be written.
    """
    target = cache_folder() / digest
    try:
        if os.path.lexists(target) and cached_model(digest) is None:
            _remove(target)
        with new_folder(target, marker=ARCHIVE_FILE) as folder:
            yield folder
            (model,) = folder.iterdir()
            content = json.dumps(asdict(CachedModel(Path(model.name), source)), default=str)
            (folder / ARCHIVE_FILE).write_text(content + "\n", encoding="utf-8")
    except DataError as error:
        if cached_model(digest) is None:
            raise ModelError(f"{error} (models are unpacked there; {CACHE_VARIABLE} names another folder)") from None


def _remove(target: Path) -> None:
    """Remove what lies in the place of a model. Raises DataError."""
    try:
        if target.is_dir() and not target.is_symlink():
            remove_folder(target)
        else:
            target.unlink()
    except OSError as error:
        raise DataError(f"{target}: is damaged and cannot be removed: {error.strerror or error}") from None


def _read(folder: Path) -> CachedModel | None:
    try:
        about = parse_json((folder / ARCHIVE_FILE).read_text(encoding="utf-8"))
        model = folder / Path(about["folder"]).name
        return CachedModel(model, str(about["source"])) if model.is_dir() else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
