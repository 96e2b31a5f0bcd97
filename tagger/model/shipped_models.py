"""The models that come with the install, each a folder in `tagger/model/shipped`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tagger.documents import parse_json
from tagger.errors import ModelError
from tagger.model.folder import CONFIG_FILE, open_model

SHIPPED_FOLDER = Path(__file__).resolve().parent / "shipped"
DEFAULT_MODEL = "english"
"""Name of the model that tags where none is named."""
ABOUT_FILE = "about.json"
"""File in a model's folder with what a user wants to know before choosing it: language, corpora, licence, scores."""


@dataclass(frozen=True)
class ModelInfo:
    """A model that comes with the install, described without loading it.

    `size` is in bytes. `scores` has accuracy or F1, between 0 and 1, by test set and then by task. What the model's
    folder does not say is empty.
    """

    name: str
    folder: str
    tasks: tuple[str, ...]
    size: int
    language: str = ""
    corpora: tuple[str, ...] = ()
    licence: str = ""
    scores: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, as `tagger models --json` prints them."""
        return asdict(self)


def model_names() -> list[str]:
    """Return the names of the models that come with the install."""
    return sorted(path.parent.name for path in SHIPPED_FOLDER.glob(f"*/{CONFIG_FILE}"))


def find_model(given: Path | str | None) -> Path:
    """Return the folder of a model: an existing path, or else the model of that name.

    None means the English model. Raises ModelError that lists the names where there is no such model.
    """
    if given is not None and Path(given).exists():
        return Path(given)
    names = model_names()
    wanted = DEFAULT_MODEL if given is None else str(given)
    if wanted in names:
        return SHIPPED_FOLDER / wanted
    if given is None and not names:
        raise ModelError(
            "no model was named, and none comes with this install: give the folder of one (--model DIR, in Python "
            "load(DIR)); tagger train makes one"
        )
    there = f"those that come with this install are {', '.join(names)}" if names else "none comes with this install"
    raise ModelError(f"{wanted}: no such model folder, and no model of that name: {there}; tagger train makes one")


def shipped_models() -> list[ModelInfo]:
    """Return all models that come with the install, by name.

    Raises ModelError that names a damaged file.
    """
    return [_info(SHIPPED_FOLDER / name) for name in model_names()]


def _info(path: Path) -> ModelInfo:
    folder = open_model(path)
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    info = ModelInfo(path.name, str(path), tuple(folder.schemes), size)
    if not (path / ABOUT_FILE).is_file():
        return info
    try:
        about = parse_json((path / ABOUT_FILE).read_text(encoding="utf-8"))
        return ModelInfo(**{**info.as_dict(), **about, "corpora": tuple(about["corpora"])})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path / ABOUT_FILE}: cannot be read ({error}): install tagger again") from None
