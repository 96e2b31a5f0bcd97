"""Wheels of models, written without a build tool (PEP 427), and zip files: the same content gives the same bytes."""

import base64
import csv
import hashlib
import io
import zipfile
from pathlib import Path
from typing import IO

from tagger.errors import ConfigError
from tagger.model.folder import CARD_FILE
from tagger.model.installed_packages import ENTRY_POINTS
from tagger.model.shipped_models import ModelInfo
from tagger.packages import DISTRIBUTION
from tagger.version import __version__

_PREFIX = "tagger-model-"
"""Begins the name of each package of a model, so that none replaces a package of another kind, such as `numpy`."""
_FIRST_DATE = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip file can give its entries; the real one would make every archive another one."""
_PIECE = 1 << 20


def wheel_name(name: str, version: str) -> str:
    """Return the name of the file of a wheel, given the normalized name of the model."""
    return f"{_module(name)}-{version}-py3-none-any.whl"


def packaged_name(wheel: Path) -> str:
    """Return the normalized name of the model of a wheel that has a name of `wheel_name`."""
    return wheel.name.split("-")[0].removeprefix(_module("")).replace("_", "-")


def write_wheel(file: IO[bytes], folder: Path, info: ModelInfo) -> None:
    """Write the wheel of a model folder, whose name is the model's, to an open file. Raises OSError."""
    module, records = _module(info.name), []
    about = f"{module}-{info.version}.dist-info"
    with zipfile.ZipFile(file, "w") as archive:

        def add(name: str, content: bytes | Path) -> None:
            digest, size = _add(archive, name, content)
            records.append((name, "sha256=" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), str(size)))

        for path in _files(folder):
            add(f"{module}/{info.name}/{path.relative_to(folder).as_posix()}", path)
        if (licence := folder / "LICENSE").is_file():
            add(f"{about}/LICENSE", licence)
        add(f"{about}/METADATA", _metadata(folder, info).encode())
        tags = f"Generator: {DISTRIBUTION} ({__version__})\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        add(f"{about}/WHEEL", f"Wheel-Version: 1.0\n{tags}".encode())
        add(f"{about}/entry_points.txt", f"[{ENTRY_POINTS}]\n{info.name} = {module}\n".encode())
        rows = io.StringIO()
        csv.writer(rows, lineterminator="\n").writerows([*records, (f"{about}/RECORD", "", "")])
        _add(archive, f"{about}/RECORD", rows.getvalue().encode())


def write_zip(file: IO[bytes], folder: Path) -> None:
    """Write a zip file of a model folder, below a folder of its name, to an open file. Raises OSError."""
    with zipfile.ZipFile(file, "w") as archive:
        for path in _files(folder):
            _add(archive, f"{folder.name}/{path.relative_to(folder).as_posix()}", path)


def _metadata(folder: Path, info: ModelInfo) -> str:
    """Return the content of METADATA: core metadata 2.1, with the model card as the description."""
    what = f"A model for {', '.join(info.tasks) or 'splitting raw text'}"
    fields = {
        "Metadata-Version": "2.1",
        "Name": _PREFIX + info.name,
        "Version": info.version,
        "Summary": f"{what} in {info.language}, for tagger" if info.language else f"{what}, for tagger",
        "License": info.licence,
        "Requires-Dist": f"{DISTRIBUTION}>={__version__}",
        "Requires-Python": ">=3.11",
        "Description-Content-Type": "text/markdown; charset=UTF-8",
    }
    for name, value in fields.items():
        if not value.isprintable():
            raise ConfigError(f"{value!r}, in the package's metadata as {name}, is not one line of text")
    lines = [f"{name}: {value}" for name, value in fields.items() if value]
    return "\n".join([*lines, "", (folder / CARD_FILE).read_text(encoding="utf-8", errors="replace")])


def _module(name: str) -> str:
    """Return the folder of a wheel in which the model is, which is how its package is called in names of files."""
    return (_PREFIX + name).replace("-", "_")


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _add(archive: zipfile.ZipFile, name: str, content: bytes | Path) -> tuple[bytes, int]:
    """Add a file to an archive, and return its SHA-256 and size."""
    entry = zipfile.ZipInfo(name, _FIRST_DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system, entry.external_attr = 3, 0o100644 << 16  # a plain file of Unix, on any system
    entry.file_size = content.stat().st_size if isinstance(content, Path) else len(content)  # above 2 GiB: Zip64
    digest, size = hashlib.sha256(), 0
    with (
        content.open("rb") if isinstance(content, Path) else io.BytesIO(content) as source,
        archive.open(entry, "w") as target,
    ):
        while piece := source.read(_PIECE):
            digest.update(piece)
            size += len(piece)
            target.write(piece)
    return digest.digest(), size
