"""The models that users name: those that come with the install, of packages, of archives and at addresses.

Each model that comes with the install is a folder in `tagger/model/shipped`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from tagger.documents import parse_json
from tagger.errors import ModelError, TaggerError
from tagger.model.folder import CONFIG_FILE, open_model
from tagger.model.package_names import normalized_name

SHIPPED_FOLDER = Path(__file__).resolve().parent / "shipped"
DEFAULT_MODEL = "english"
"""Name of the model that tags where none is named."""
ABOUT_FILE = "about.json"
"""File in a model's folder with what a user wants to know before choosing it: language, corpora, licence, scores."""
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


@dataclass(frozen=True)
class ModelInfo:
    """A model that is installed, described without loading it.

    `size` is in bytes. `scores` has accuracy or F1, between 0 and 1, by test set and then by task. `source` says which
    package has the model, or which archive it was unpacked from; it is empty for one that comes with the install. What
    the model's folder does not say is empty.
    """

    name: str
    folder: str
    tasks: tuple[str, ...]
    size: int
    language: str = ""
    corpora: tuple[str, ...] = ()
    licence: str = ""
    scores: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    version: str = ""
    source: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, as `tagger models --json` prints them."""
        return asdict(self)


def model_names() -> list[str]:
    """Return the names of the models that come with the install."""
    return sorted(path.parent.name for path in SHIPPED_FOLDER.glob(f"*/{CONFIG_FILE}"))


def known_names() -> list[str]:
    """Return the names by which models are found: those that come with the install, of packages, and in the cache."""
    from tagger.model.installed_packages import installed_models  # late: it reads what is installed
    from tagger.model.model_cache import cached_models

    cached = [model.folder.name for model in cached_models()]
    names = [*model_names(), *(model.name for model in installed_models())]
    return list(dict.fromkeys([*names, *(name for name in cached if cached.count(name) == 1)]))


def find_model(given: Path | str | None) -> Path:
    """Return the folder of a model.

    `given` is an existing path, the https address of an archive with its checksum, or else the name of a model that
    comes with the install, that a package has, or that was unpacked into the cache, in this order. A path or an address
    may be that of a zip file or a wheel, which is unpacked into the cache. None means the English model. Raises
    ModelError that lists the names where there is no such model, and the folders where several in the cache have one
    name.
    """
    if given is not None:
        if _ADDRESS.match(str(given)):
            from tagger.model.model_download import downloaded_model  # late: most models are folders

            return downloaded_model(str(given))
        if (path := Path(given)).is_file():
            from tagger.model.model_archive import unpacked_model

            return unpacked_model(path)
        if path.exists():
            return path
    names = model_names()
    wanted = DEFAULT_MODEL if given is None else str(given)
    if wanted in names:
        return SHIPPED_FOLDER / wanted
    if given is None and not names:
        raise ModelError(
            "no model was named, and none comes with this install: give the folder of one (--model DIR, in Python "
            "load(DIR)); tagger train makes one"
        )
    from tagger.model.installed_packages import installed_models  # late: it reads what is installed

    packaged = {model.name: model.folder for model in installed_models()}
    if folder := packaged.get(normalized_name(wanted)):
        return folder
    from tagger.model.model_cache import cached_models

    cached = list(cached_models())
    named = [model for model in cached if normalized_name(model.folder.name) == normalized_name(wanted)]
    if len(named) > 1:
        listed = "".join(f"\n  {model.folder} (unpacked from {model.source})" for model in named)
        raise ModelError(f"{wanted}: {len(named)} models in the cache have this name: give the folder of one{listed}")
    if named:
        return named[0].folder
    there = f"those that come with this install are {', '.join(names)}" if names else "none comes with this install"
    if packaged:
        there += f"; those installed by packages are {', '.join(packaged)}"
    if cached:
        there += f"; those in the cache are {', '.join(dict.fromkeys(model.folder.name for model in cached))}"
    raise ModelError(f"{wanted}: no such model folder, and no model of that name: {there}; tagger train makes one")


def shipped_models() -> list[ModelInfo]:
    """Return all models that come with the install, by name.

    Raises ModelError that names a damaged file.
    """
    return [model_info(SHIPPED_FOLDER / name, name) for name in model_names()]


def listed_models(say: Callable[[str], None]) -> list[ModelInfo]:
    """Return all models that there are: those that come with the install, those of packages, those in the cache.

    `say` is told of a model that cannot be read; one that comes with the install raises ModelError.
    """
    from tagger.model.installed_packages import installed_models
    from tagger.model.model_cache import cached_models

    found = shipped_models()
    others = [(model.folder, model.name, f"package {model.package} {model.version}") for model in installed_models()]
    others += [(model.folder, model.folder.name, f"unpacked from {model.source}") for model in cached_models()]
    for folder, name, source in others:
        try:
            found.append(model_info(folder, name, source))
        except TaggerError as error:
            say(str(error))
    return found


def model_info(path: Path, name: str, source: str = "") -> ModelInfo:
    """Describe the model of a folder. Raises ModelError that names a damaged file."""
    folder = open_model(path)
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    info = ModelInfo(name, str(path), tuple(folder.schemes), size, source=source)
    if not (path / ABOUT_FILE).is_file():
        return info
    try:
        return replace(info, **_about(parse_json((path / ABOUT_FILE).read_text(encoding="utf-8"))))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path / ABOUT_FILE}: cannot be read ({error}): install the model again") from None


def _about(content: object) -> dict[str, Any]:
    """Return what `about.json` may say of a model: nothing else, and no signs that control a terminal.

    Raises ValueError for another type than each value has.
    """
    if not isinstance(content, dict):
        raise ValueError("it is no object")
    if unknown := content.keys() - {"language", "licence", "version", "corpora", "scores"}:
        raise ValueError(f"{min(unknown)!r} is nothing that a model may say of itself")
    about: dict[str, Any] = {key: content[key] for key in ("language", "licence", "version") if key in content}
    corpora, scores = content.get("corpora"), content.get("scores", {})
    if not isinstance(corpora, list):
        raise ValueError("'corpora' is no list")
    if not isinstance(scores, dict) or not all(isinstance(by_task, dict) for by_task in scores.values()):
        raise ValueError("'scores' is no object of objects")
    texts = [*about.values(), *corpora, *scores, *(task for by_task in scores.values() for task in by_task)]
    for text in texts:
        if not isinstance(text, str) or not text.isprintable():
            raise ValueError(f"{text!r} is not one line of text")
    for score in (score for by_task in scores.values() for score in by_task.values()):
        if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1:
            raise ValueError(f"the score {score!r} is no number from 0 to 1")
    return {**about, "corpora": tuple(corpora), "scores": scores}
