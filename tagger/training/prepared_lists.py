"""Hashes the lists of names that a configuration has into the model folder."""

from collections.abc import Mapping
from itertools import chain
from pathlib import Path

from tagger.config.list_keys import ListConfig
from tagger.model.folder import VOCABULARY_FOLDER, list_file
from tagger.model.name_lists import MOST_WORDS, NameLists, make_name_list, open_name_list
from tagger.network.saved_weights import writing
from tagger.text.phrases import read_phrases
from tagger.training.workers import Workers


def prepared_lists(lists: Mapping[str, ListConfig], folder: Path, workers: Workers) -> NameLists | None:
    """Return the lists of a configuration; None where it has none.

    The chief writes them into the folder of the run, unless they are there already. Raises DataError where a file is
    missing or damaged.
    """
    if not lists:
        return None
    paths = {name: folder / VOCABULARY_FOLDER / list_file(name) for name in sorted(lists)}
    if workers.is_chief:
        for name, path in paths.items():
            if path.is_file():
                continue
            files = (read_phrases(Path(file), MOST_WORDS) for file in lists[name].files)
            made = make_name_list(chain.from_iterable(files))
            with writing(folder):
                made.save(path)
    workers.meet()
    return NameLists({name: open_name_list(path) for name, path in paths.items()})
