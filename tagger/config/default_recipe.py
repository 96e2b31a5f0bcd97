"""The configuration of a training that names none: the tasks of the corpus, and settings by its size."""

from collections.abc import Mapping
from typing import Any

_SMALL = 4_000  # sentences: above, the settings of configs/pos-ewt.toml and configs/chunk-conll2000.toml
_SENTENCES_READ = 8_000
"""Sentences that a training from a small corpus reads in all its epochs: configs/sample.toml reads 8,070."""
_FEWEST_EPOCHS, _MOST_EPOCHS = 10, 60
_FOR_A_SEGMENTER = 500
"""Sentences from which a segmenter learns more than NLTK's rules know."""


def default_settings(tasks: Mapping[str, str | None], sentences: int) -> dict[str, Any]:
    """Return the values of a configuration for a corpus with this number of training sentences.

    `tasks` maps the tasks to the schemes of their spans, None for plain tags; spans are decoded with a CRF. Up to 4,000
    sentences the network is that of `configs/sample.toml` with shapes of words, and the fewer sentences there are, the
    more epochs, up to 60. Larger corpora get the network of `configs/chunk-conll2000.toml`, and ten epochs. A segmenter
    is trained where there are 500 sentences or more whose white space is known.
    """
    is_small = sentences <= _SMALL
    epochs = min(_MOST_EPOCHS, max(_FEWEST_EPOCHS, round(_SENTENCES_READ / max(1, sentences))))
    return {
        "tasks": {task: {"decoder": "crf"} if scheme else {} for task, scheme in tasks.items()},
        "words": {
            "dimension": 50 if is_small else 100,
            "lowercase": not is_small,
            "unknown_rate": 0.1,
            "singleton_rate": 0.5,
        },
        "characters": {
            "encoder": "convolution",
            "dimension": 30 if is_small else 50,
            "widths": [2, 3, 4],
            "filters": 48 if is_small else 64,
        },
        "shape": {"dimension": 16},
        **({} if is_small else {"affixes": {"dimension": 16}, "language_model": {"weight": 0.1}}),
        "encoder": {"cell": "lstm", "units": 96 if is_small else 256, "layers": 1, "dropout": 0.5},
        "segmenter": {"epochs": 4, "train": "auto"} if sentences >= _FOR_A_SEGMENTER else {"train": "never"},
        "training": {
            "epochs": epochs,
            "batch_size": 8 if is_small else 32,
            "learning_rate": 0.008,
            "beta2": 0.9,
            "decay": "linear",
            "average": 0.98 if is_small else 0.998,
            "clip_norm": 5.0,
        },
    }


def with_changes(settings: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a configuration with some of them changed.

    A key may be dotted, such as `training.epochs`; a table changes only the keys that it has, but `tasks` replaces all
    tasks.
    """
    changed = dict(settings)
    for key, value in changes.items():
        section, dot, rest = key.partition(".")
        if dot:
            section_now = changed.get(section)
            changed[section] = with_changes(section_now if isinstance(section_now, Mapping) else {}, {rest: value})
        elif isinstance(value, Mapping) and isinstance(changed.get(key), Mapping) and key != "tasks":
            changed[key] = with_changes(changed[key], value)
        else:
            changed[key] = value
    return changed
