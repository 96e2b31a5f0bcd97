"""Models that come with the install, each a folder in `tagger/models`, and are found by their names."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tagger.errors import ModelError
from tagger.model.folder import CONFIG_FILE, open_model

SHIPPED_FOLDER = Path(__file__).resolve().parent / "shipped"
DEFAULT_MODEL = "english"
"""The one that tags where none is named."""
ABOUT_FILE = "about.json"
"""What a model's folder says of it besides, for those who choose."""


@dataclass(frozen=True)
class ModelInfo:
    """What there is to know of a model before it is loaded: `size` in bytes; `scores` by what was tagged, then by task,
    accuracy or F1 between 0 and 1. What the folder does not say is empty."""

    name: str
    folder: str
    tasks: tuple[str, ...]
    size: int
    language: str = ""
    corpora: tuple[str, ...] = ()
    licence: str = ""
    scores: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as `models --json` prints them."""
        return asdict(self)


def model_names() -> list[str]:
    """The names of the models that are there."""
    return sorted(path.parent.name for path in SHIPPED_FOLDER.glob(f"*/{CONFIG_FILE}"))


def find_model(given: Path | str | None) -> Path:
    """The folder of a model: a path that exists, or else the model of that name; of none, the English one.

    Raises ModelError that lists the names where nothing is found.
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
    """All models that are there, by name. Raises ModelError naming what is damaged."""
    return [_info(SHIPPED_FOLDER / name) for name in model_names()]


def _info(path: Path) -> ModelInfo:
    folder = open_model(path)
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    info = ModelInfo(path.name, str(path), tuple(folder.schemes), size)
    if not (path / ABOUT_FILE).is_file():
        return info
    try:
        about = json.loads((path / ABOUT_FILE).read_text(encoding="utf-8"))
        return ModelInfo(**{**info.as_dict(), **about, "corpora": tuple(about["corpora"])})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path / ABOUT_FILE}: cannot be read ({error}): install tagger again") from None


def described(info: ModelInfo) -> str:
    """A model for a reader, a line for each thing that is known."""
    scores = "; ".join(
        f"{what}: {', '.join(f'{task} {100 * score:.2f}' for task, score in by_task.items())}"
        for what, by_task in info.scores.items()
    )
    lines = {
        "tasks": ", ".join(info.tasks),
        "language": info.language,
        "corpora": ", ".join(info.corpora),
        "licence": info.licence,
        "size": f"{info.size / 1e6:.1f} MB",
        "scores": scores,
        "folder": info.folder,
    }
    title = f"{info.name} (tags where no --model is given)" if info.name == DEFAULT_MODEL else info.name
    return "\n".join([title, *(f"  {name:<10}{value}" for name, value in lines.items() if value)])
