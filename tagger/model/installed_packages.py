"""Models that `pip install` has installed: folders of data that a package names by an entry point.

A wheel that `tagger package` writes holds the folder `tagger_model_NAME/NAME` and no code. Its entry point in the group
`tagger.models` says `NAME = tagger_model_NAME`. Nothing of the package is imported: only its metadata is read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tagger.model.package_names import is_package_name, normalized_name

ENTRY_POINTS = "tagger.models"
"""The group of entry points in which packages name their models."""
_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class InstalledModel:
    """A model of an installed package: its name, the model folder, and the package with its version."""

    name: str
    folder: Path
    package: str
    version: str


def installed_models() -> Iterator[InstalledModel]:
    """Yield the models of installed packages, by name; of two with one name, the first that Python finds."""
    from importlib.metadata import entry_points  # late: most runs name a folder, or the model that ships

    seen = set()
    for each in sorted(entry_points(group=ENTRY_POINTS), key=lambda each: normalized_name(each.name)):
        name = normalized_name(each.name)
        if each.dist is None or name in seen or not is_package_name(name) or not _IDENTIFIER.fullmatch(each.value):
            continue
        folder = Path(str(each.dist.locate_file(each.value))) / name
        if folder.is_dir():
            seen.add(name)
            yield InstalledModel(name, folder, each.dist.name, each.dist.version)
