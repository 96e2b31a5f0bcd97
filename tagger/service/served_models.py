"""The models of a service, by name: loaded once, warm, and loaded anew when their folders have changed."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from tagger.documents import parse_json
from tagger.errors import ConfigError
from tagger.model.folder import CARD_FILE, CONFIG_FILE
from tagger.model.model_manifest import MANIFEST_FILE
from tagger.model.score_settings import MinScore
from tagger.model.shipped_models import ABOUT_FILE, find_model
from tagger.runtime.tagger import Tagger, load
from tagger.service.http_errors import HttpError, invalid_value
from tagger.text.layout import Layout
from tagger.text.render import json_line

WARM_UP = "Ada Lovelace left London on Monday. She writes to her friends in New York!\n\nThey read it."
"""What each model tags before it is used, so that no client waits for what is done once."""
# An absolute path, or one that leaves a folder, but not the end of an address such as https://example.org/a/b.
_PATH = re.compile(r"(?:\bfile://|(?<![\w:/.~])(?:~|\.\.)?)/(?:[^\s/`'\"|()<>]+/)*([^\s/`'\"|()<>]+)")


@dataclass(frozen=True)
class ServedModel:
    """A model that is loaded, and what clients may know about it."""

    name: str
    tagger: Tagger
    languages: tuple[str, ...]
    version: str
    """The beginning of the SHA-256 of the folder's manifest: another one for every other model."""
    card: str

    def layout(self, tasks: Sequence[str] | None, *, scores: bool, top: int) -> Layout:
        """Return what is written of each sentence. Raises HttpError for a task that the model does not have."""
        wanted = self.tagger.tasks if tasks is None else tuple(tasks)
        for task in wanted:
            if task not in self.tagger.tasks:
                there = ", ".join(self.tagger.tasks) or "none"
                raise invalid_value("tasks", f"the model {self.name} has no task of that name; it has {there}")
        span_tasks = self.tagger.span_tasks
        return Layout(wanted, [task for task in wanted if task in span_tasks], scores, top)


class ServedModels:
    """All models of a service. The first is the default."""

    def __init__(
        self, given: Sequence[str], threads: int = 1, min_score: MinScore = None, *, rules: str | None = None
    ) -> None:
        """Load the models, each a folder or a shipped model's name, with a file of rules beside their own.

        `min_score` is as in `tagger.load`. Raises TaggerError for a model that cannot serve.
        """
        folders = [find_model(each) for each in given] if given else [find_model(None)]
        self._folders = {folder.resolve().name: folder for folder in folders}
        if len(self._folders) < len(folders):
            raise ConfigError("two models have one name, that of their folder: rename one of the folders")
        self._threads, self._min_score, self._rules = threads, min_score, rules
        self.reload()

    def reload(self) -> None:
        """Load all models anew, and use them when all are ready. Raises TaggerError, and leaves all as they were."""
        loaded = {
            name: _load(name, folder, self._threads, self._min_score, self._rules)
            for name, folder in self._folders.items()
        }
        models = [
            {
                "name": model.name,
                "tasks": {task: {"tags": list(model.tagger.tags[task])} for task in model.tagger.tasks},
                "languages": list(model.languages),
                "version": model.version,
                "card": f"/v1/models/{quote(model.name)}/card",
            }
            for model in loaded.values()
        ]
        self.description = json_line({"default": next(iter(loaded)), "models": models}) + "\n"
        self.by_name = loaded

    def find(self, name: str | None) -> ServedModel:
        """Return the model of a name, or the default one. Raises HttpError where there is none of that name."""
        if name is None:
            return next(iter(self.by_name.values()))
        if name not in self.by_name:
            there = ", ".join(self.by_name)
            raise HttpError(404, "unknown_model", f"there is no model of that name; there are {there}", "model")
        return self.by_name[name]


def _load(name: str, folder: Path, threads: int, min_score: MinScore, rules: str | None) -> ServedModel:
    try:
        tagger = load(folder, threads=threads, min_score=None if rules else min_score)
        if rules:
            tagger = tagger.with_rules(rules, min_score=min_score)
    except ConfigError as error:
        raise ConfigError(f"model '{name}': {error}") from None
    tagger.check_takes_text()
    for text in (WARM_UP, WARM_UP * 8):
        tagger(text)
    identity = next(path for path in (folder / MANIFEST_FILE, folder / CONFIG_FILE) if path.is_file())
    card = folder / CARD_FILE
    return ServedModel(
        name,
        tagger,
        _languages(folder),
        hashlib.sha256(identity.read_bytes()).hexdigest()[:12],
        without_paths(card.read_text(encoding="utf-8", errors="replace")) if card.is_file() else f"# {name}\n",
    )


def _languages(folder: Path) -> tuple[str, ...]:
    """Return the languages that the folder names, if it names some."""
    try:
        language = parse_json((folder / ABOUT_FILE).read_text(encoding="utf-8")).get("language")
    except (OSError, ValueError, AttributeError):
        return ()
    return (language,) if isinstance(language, str) and language else ()


def without_paths(text: str) -> str:
    """Return a text with only the last part of each path, so that nobody learns where files are."""
    return _PATH.sub(lambda found: found[1], text)
