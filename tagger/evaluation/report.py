"""The content of an evaluation report: an analysis and a learning curve."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tagger.evaluation.analysis import Analysis
from tagger.evaluation.training_curve import Training
from tagger.version import __version__


@dataclass(frozen=True)
class Report:
    """The analysis of a model on a corpus, with their names and the learning curve.

    `training` is None where the model folder has no learning curve, and `raw`, figures as of `raw_figures`, where the
    model was not scored from raw text.
    """

    model: str
    corpus: str
    licence: str
    analysis: Analysis
    training: Training | None
    raw: Mapping[str, Any] | None = None
    version: str = __version__

    def as_json(self) -> str:
        """The report as one JSON object."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"
