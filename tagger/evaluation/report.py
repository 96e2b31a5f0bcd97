"""The content of an evaluation report: the analysis of a model on a corpus, and its learning curve."""

import json
from dataclasses import asdict, dataclass

from tagger.evaluation.analysis import Analysis
from tagger.evaluation.training_curve import Training
from tagger.version import __version__


@dataclass(frozen=True)
class Report:
    """An analysis, with the names of model and corpus, and the learning curve where the model folder has one."""

    model: str
    corpus: str
    licence: str
    analysis: Analysis
    training: Training | None
    version: str = __version__

    def as_json(self) -> str:
        """The report as one JSON object."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"
