"""Names of files, folders and patterns, as users give them, to the files that they name."""

import glob
import os
from collections.abc import Sequence

from tagger.errors import DataError


def input_files(inputs: Sequence[str]) -> list[str]:
    """The files that files, folders and patterns such as `news/*.txt` name, in order.

    Hidden files in folders are left out. Raises DataError for a name that finds none.
    """
    files: list[str] = []
    for given in inputs:
        if os.path.isdir(given):
            found = [os.path.join(folder, name) for folder, _, names in os.walk(given) for name in names]
            found = [path for path in found if not os.path.relpath(path, given).startswith((".", "_"))]
        else:
            found = [given] if os.path.exists(given) else glob.glob(given, recursive=True)
            found = [path for path in found if os.path.isfile(path)]
        if not found:
            raise DataError(f"{given}: no file there; give files, folders of files, or a pattern such as 'news/*.txt'")
        files += sorted(found)
    return list(dict.fromkeys(map(os.path.abspath, files)))
