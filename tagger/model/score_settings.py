"""`thresholds.json` of a model folder: how the scores of each task become probabilities and decide on spans.

The file is there only where `tagger threshold` has chosen something on annotated sentences.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tagger.documents import parse_json
from tagger.errors import ConfigError, ModelError
from tagger.text.scheme import span_labels, split_tag

SETTINGS_FILE = "thresholds.json"
EVERY_LABEL = "*"
"""Stands for all labels that have no threshold of their own."""
MinScore = float | Mapping[str, float] | None
"""The least probability of spans: one number for all labels, or one for each label; None for what the model keeps."""
_MOST_PENALTY = 1000.0
"""The largest penalty on `O`, and the largest reward: more is no score of a network."""
_FORMAT = 1
_OUTSIDE = "O"
_KEYS = ("temperature", "min_score", "outside_penalty")


@dataclass(frozen=True)
class ScoreSettings:
    """How the scores of one task are used. The default changes nothing.

    The scores are divided by `temperature` before they become probabilities, which does not change the best tags. Spans
    with a probability below `min_scores` of their label are left out. `outside_penalty` is subtracted from the score of
    `O` before the best tags are chosen, so that more spans are found.
    """

    temperature: float = 1.0
    min_scores: Mapping[str, float] = field(default_factory=dict)
    outside_penalty: float = 0.0

    def min_score(self, label: str) -> float:
        """Return the least probability of spans of a label."""
        return self.min_scores.get(label, self.min_scores.get(EVERY_LABEL, 0.0))

    @property
    def drops_spans(self) -> bool:
        """Whether some spans are left out."""
        return any(self.min_scores.values())

    def as_json(self) -> dict[str, Any]:
        """Return the settings that differ from the default."""
        return {
            **({"temperature": self.temperature} if self.temperature != 1 else {}),
            **({"min_score": dict(self.min_scores)} if self.drops_spans else {}),
            **({"outside_penalty": self.outside_penalty} if self.outside_penalty else {}),
        }


TaskSettings = Mapping[str, ScoreSettings]
"""The settings of each task that has some."""


def settings_text(settings: TaskSettings, chosen: Mapping[str, Any]) -> str:
    """Return the text of `thresholds.json`; `chosen` says how the settings were chosen, for readers."""
    tasks = {task: each.as_json() for task, each in settings.items() if each.as_json()}
    return json.dumps({"format": _FORMAT, "tasks": tasks, "chosen": dict(chosen)}, ensure_ascii=False, indent=1) + "\n"


def read_score_settings(folder: Path, *, listed: bool = False) -> dict[str, ScoreSettings]:
    """Return the settings that a model folder keeps; none where it has no such file.

    Raises ModelError where the file is damaged, or missing although the manifest lists it (`listed`).
    """
    content = _content(folder, listed=listed)
    try:
        if content.get("format", _FORMAT) != _FORMAT:
            raise ValueError("it is of another version than this program reads")
        return {task: _checked(each) for task, each in content.get("tasks", {}).items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise _damaged(folder, error) from None


def check_fits(
    settings: TaskSettings,
    tags: Mapping[str, Sequence[str]],
    schemes: Mapping[str, str | None],
    folder: Path,
    *,
    has_rules: bool = False,
) -> None:
    """Raise ModelError where the settings that a model folder keeps are not for the tasks and tags of its model.

    With `has_rules`, there may be other labels, and the tag `O`, which only the rules give.
    """
    for task, each in settings.items():
        if task not in schemes:
            raise _damaged(folder, f"the model has no task '{task[:40]}'")
        if not (each.min_scores or each.outside_penalty):
            continue
        if not schemes[task] or (_OUTSIDE not in tags[task] and not has_rules):
            raise _damaged(folder, f"the task '{task}' has no spans that can be left out")
        unknown = set(each.min_scores) - {split_tag(tag)[1] for tag in tags[task]} - {EVERY_LABEL}
        if unknown and not has_rules:
            raise _damaged(folder, f"the task '{task}' has no label '{min(unknown)[:40]}'")


def with_choice(
    kept: TaskSettings,
    tags: Mapping[str, Sequence[str]],
    schemes: Mapping[str, str | None],
    min_score: MinScore = None,
    outside_penalty: float | None = None,
) -> dict[str, ScoreSettings]:
    """Return the settings of a model with thresholds and a penalty that a user chooses in place of those it keeps.

    `min_score` is one probability for all spans, or one for each label, where `*` stands for all others; labels that it
    does not name keep what the model keeps. None leaves all as they are. Raises ConfigError for a label that the model
    does not have, a number that is no probability, and a model without spans.
    """
    settings = {task: each for task, each in kept.items() if task in schemes}
    if min_score is None and outside_penalty is None:
        return settings
    labels = {task: set(span_labels(tags[task])) for task, scheme in schemes.items() if scheme}
    if not labels:
        raise ConfigError(
            f"a least score is for spans, and this model finds none, only tags of {', '.join(schemes)}: leave it out"
        )
    given: dict[str, float] = {}
    if min_score is not None:
        given = dict(min_score) if isinstance(min_score, Mapping) else {EVERY_LABEL: min_score}
    known = set().union(*labels.values())
    for label, least in given.items():
        if label != EVERY_LABEL and label not in known:
            raise ConfigError(f"min_score: there is no label '{label}'; the model has {', '.join(sorted(known))}")
        if not _is_number(least) or not 0 <= least <= 1:
            raise ConfigError(f"min_score of '{label}' is {str(least)[:40]}: give a probability from 0 to 1")
    if outside_penalty is not None and not _is_penalty(outside_penalty):
        raise ConfigError(f"outside_penalty is {str(outside_penalty)[:40]}: give a number, such as 2")
    for task, its_labels in labels.items():
        own = settings.get(task, ScoreSettings())
        before = {} if EVERY_LABEL in given else own.min_scores
        its_own = {label: float(each) for label, each in given.items() if label in {*its_labels, EVERY_LABEL}}
        penalty = own.outside_penalty if outside_penalty is None else float(outside_penalty)
        settings[task] = replace(own, min_scores={**before, **its_own}, outside_penalty=penalty)
        if (settings[task].drops_spans or penalty) and _OUTSIDE not in tags[task]:
            raise ConfigError(f"the task '{task}' has no tag {_OUTSIDE}, so none of its spans can be left out")
    return settings


def _content(folder: Path, *, listed: bool = False) -> dict[str, Any]:
    path = folder / SETTINGS_FILE
    try:
        content = parse_json(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise ValueError("it is no object")
    except FileNotFoundError:
        if listed:
            raise ModelError(f"{path}: is missing, and the manifest lists it: copy the folder again") from None
        return {}
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: cannot be read ({error}): the model folder is damaged") from None
    return content


def _checked(table: Mapping[str, Any]) -> ScoreSettings:
    """Return the settings of one task. Raises ValueError for a value that they cannot have."""
    if unknown := next((key for key in table if key not in _KEYS), None):
        raise ValueError(f"there is no key '{unknown[:40]}', only {', '.join(_KEYS)}")
    temperature, least = table.get("temperature", 1.0), dict(table.get("min_score", {}))
    penalty = table.get("outside_penalty", 0.0)
    if not _is_number(temperature) or not 0.01 <= temperature <= 100:
        raise ValueError(f"'temperature' is {str(temperature)[:40]}")
    if not _is_penalty(penalty):
        raise ValueError(f"'outside_penalty' is {str(penalty)[:40]}")
    for label, each in least.items():
        if not _is_number(each) or not 0 <= each <= 1:
            raise ValueError(f"'min_score' of '{str(label)[:40]}' is {str(each)[:40]}")
    return ScoreSettings(float(temperature), least, float(penalty))


def _is_number(value: Any) -> bool:  # noqa: ANN401 (whatever JSON or a caller has)
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")


def _is_penalty(value: Any) -> bool:  # noqa: ANN401 (whatever JSON or a caller has)
    return _is_number(value) and abs(value) <= _MOST_PENALTY


def _damaged(folder: Path, why: object) -> ModelError:
    return ModelError(f"{folder / SETTINGS_FILE}: cannot be read ({why}): the model folder is damaged, copy it again")
