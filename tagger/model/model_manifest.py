"""`manifest.json` of a model folder: the size and the SHA-256 of every file, so that a damaged model is an error.

The manifest is written last. Each file is checked when it is about to be read; large tables of vectors only by their
size, and whole by `tagger check`. Folders that were written before there was a manifest load without a check.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tagger.documents import parse_json
from tagger.errors import ModelError
from tagger.files import UNFINISHED_NAME, foreign_entry, write_file

MANIFEST_FILE = "manifest.json"
CHECKED_WHOLE = 64 << 20
"""Most bytes of a table of vectors that is read whole to check it whenever the model is loaded."""
_SEGMENTER = r"(segmenter/((config\.toml|segmentation\.json|model\.onnx|characters\.onnx|vocabulary/([\w.-]+\.txt)?))?)"
MODEL_FILES = (
    rf"({_SEGMENTER}|segmentation\.json|"
    r"config\.toml|rules\.toml|thresholds\.json|metrics\.json|about\.json|manifest\.json|README\.md|LICENSE"
    r"|model\.onnx|characters\.onnx"
    r"|vocabulary/((words|characters|vectors|tuned|tags\.[\w.-]+|given\.[\w.-]+)\.txt|(vectors|tuned|vector_scales|vector_keys|unprojected|list\.[\w.-]+)\.npy|unprojected\.sha256)?"
    # TensorFlow writes into weights_temp/ and the like first, which a kill leaves there.
    r"|checkpoint/(state\.json|checkpoint|(weights|last-[0-9]+-[0-9]+)(\.[\w.-]+|_temp/([\w.-]+)?))?"
    r"|logs/(events\.out\.tfevents\.[^/]+)?"
    rf"|(vocabulary/|checkpoint/|segmenter/)?{UNFINISHED_NAME})"
)
"""Regular expression of all files and folders of a model folder, as paths in it; folders end in a slash."""

_FORMAT = 1
_KIND = "model"
_TABLES = ("vocabulary/vectors.npy", "vocabulary/tuned.npy")
_NAME = re.compile(MODEL_FILES)
_GET_AGAIN = "get the archive again"
_AGAIN = "copy the folder again, write it again with tagger export, or train again"
ARCHIVE_FILE = "source.json"
"""File beside a model folder that was unpacked out of an archive: where the archive is from."""


@dataclass(frozen=True)
class ModelManifest:
    """The size in bytes and the SHA-256 of each file of a model folder, by its path in the folder.

    Where the folder is being unpacked, messages name the `archive` in its place.
    """

    folder: Path
    files: Mapping[str, tuple[int, str]]
    archive: str = ""

    def check(self, is_wanted: Callable[[str], bool], *, whole: bool = False) -> None:
        """Raise ModelError unless the wanted files are as they were written.

        Files that are missing are left to their readers. With `whole`, large tables are read too.
        """
        for name in _file_names(self.folder):
            if not is_wanted(name):
                continue
            path, place = self.folder / name, _place(self.folder, name, self.archive)
            if name not in self.files:
                raise ModelError(f"{place}: is not in {MANIFEST_FILE}, so it belongs to another model: {self.again}")
            size, digest = self.files[name]
            try:
                found = path.stat().st_size
                if found != size:
                    raise ModelError(f"{place}: damaged ({found:,} bytes where {size:,} were written): {self.again}")
                if (whole or name not in _TABLES or size <= CHECKED_WHOLE) and sha256(path) != digest:
                    own = f"; where you changed it yourself: tagger check {self.folder} --write-manifest"
                    raise ModelError(
                        f"{place}: damaged, or changed since it was written (its checksum is not that in "
                        f"{MANIFEST_FILE}): {self.again}{'' if self.archive else own}"
                    )
            except OSError as error:
                raise ModelError(f"{path}: cannot be read: {error.strerror}") from None

    @property
    def again(self) -> str:
        """What to do about a damaged file."""
        if self.archive:
            return _GET_AGAIN
        if (self.folder.parent / ARCHIVE_FILE).is_file():
            return f"remove {self.folder.parent}, and the model is unpacked anew"
        return _AGAIN


def write_model_manifest(folder: Path) -> None:
    """Write the manifest of a model folder as it is now. Call this function last. Raises OSError."""
    files = {
        name: {"size": (folder / name).stat().st_size, "sha256": sha256(folder / name)}
        for name in _file_names(folder)
        if _NAME.fullmatch(name) and name != MANIFEST_FILE and not re.search(UNFINISHED_NAME, name)
    }
    _write(folder, files)


def change_file(folder: Path, name: str, content: str | None) -> None:
    """Replace one file of a model folder, or remove it where `content` is None, and its entry in the manifest.

    All other entries stay as they are, whatever their files are by now. Raises OSError.
    """
    manifest = read_model_manifest(folder)
    (folder / MANIFEST_FILE).unlink(missing_ok=True)  # a kill leaves a folder that loads, unchecked
    files = dict(manifest.files) if manifest else {}
    if content is None:
        (folder / name).unlink(missing_ok=True)
        files.pop(name, None)
    else:
        write_file(folder / name, content)
        files[name] = ((folder / name).stat().st_size, sha256(folder / name))
    if manifest:
        _write(folder, {each: {"size": size, "sha256": digest} for each, (size, digest) in sorted(files.items())})


def _write(folder: Path, files: Mapping[str, object]) -> None:
    write_file(folder / MANIFEST_FILE, json.dumps({"format": _FORMAT, "kind": _KIND, "files": files}, indent=1) + "\n")


def read_model_manifest(folder: Path, archive: str = "") -> ModelManifest | None:
    """Return the manifest of a model folder; None where it has none.

    Messages name the `archive` that is being unpacked into the folder. Raises ModelError where the manifest is damaged
    or of a later version.
    """
    path, place = folder / MANIFEST_FILE, _place(folder, MANIFEST_FILE, archive)
    try:
        content = parse_json(path.read_text(encoding="utf-8"))
        if content["format"] != _FORMAT or content["kind"] != _KIND:
            raise ModelError(f"{place}: is of another version or of another kind of folder than this program reads")
        files = {name: (file["size"], file["sha256"]) for name, file in content["files"].items()}
        if not all(isinstance(size, int) and isinstance(digest, str) for size, digest in files.values()):
            raise ValueError("a size or a checksum of the wrong type")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        again = _GET_AGAIN if archive else _AGAIN
        raise ModelError(f"{place}: cannot be read ({type(error).__name__}: {error}): {again}") from None
    return ModelManifest(folder, files, archive)


def _place(folder: Path, name: str, archive: str) -> str:
    """Return how messages name a file of a model folder, or of the archive that is being unpacked."""
    return f"{archive}: {name} in it" if archive else str(folder / name)


def has_all_files(folder: Path) -> bool:
    """Whether a folder has all files of its manifest, each of its size; their content is not read."""
    try:
        manifest = read_model_manifest(folder)
        return manifest is not None and all(
            (folder / name).stat().st_size == size for name, (size, _) in manifest.files.items()
        )
    except (ModelError, OSError):
        return False


def check_model_folder(folder: Path, archive: str = "") -> int:
    """Compare every file of a model folder with its manifest, whole; return the number of files.

    Messages name the `archive` that was unpacked into the folder. Raises ModelError for the first file that is missing,
    differs or is not in the manifest, and where there is none.
    """
    manifest = read_model_manifest(folder, archive)
    if manifest is None:
        raise ModelError(
            f"{folder}: has no {MANIFEST_FILE}, so nothing can be compared: if you trust its files, add one with "
            f"tagger check {folder} --write-manifest"
        )
    for name in manifest.files:
        if not (folder / name).is_file():
            place = _place(folder, name, archive)
            raise ModelError(f"{place}: there is no such file, and {MANIFEST_FILE} lists it: {manifest.again}")
    manifest.check(lambda name: name != MANIFEST_FILE, whole=True)
    return len(manifest.files)


def check_links(folder: Path) -> None:
    """Raise ModelError where a link in a model folder leads out of it, or something in it is no file."""
    inside = Path(os.path.realpath(folder))
    for path in folder.rglob("*"):
        if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(inside):
            raise ModelError(f"{path}: is a link that leads out of the model folder: put the file itself there")
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise ModelError(f"{path}: is neither a file nor a folder, such as a pipe: remove it")


def foreign_in_model(folder: Path) -> str | None:
    """Say why a folder may not be replaced as a model folder; None where all in it is what training writes."""
    try:
        ours = read_model_manifest(folder) is not None or _is_model_configuration(folder)
    except ModelError as error:
        return str(error)
    if not ours:
        return f"has no {MANIFEST_FILE} and no configuration of a model"
    entry = foreign_entry(folder, _NAME)
    return f"holds {entry}, which is no file of a model" if entry else None


def _is_model_configuration(folder: Path) -> bool:
    """Whether a folder from before there was a manifest has the configuration of a model."""
    try:
        content = (folder / "config.toml").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return all(f"\n[{table}" in f"\n{content}" for table in ("tasks.", "words]", "encoder", "training]"))


def _file_names(folder: Path) -> list[str]:
    """Return the paths of all files in a folder, as they stand in its manifest."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
