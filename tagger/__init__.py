"""Train your own part-of-speech or entity tagger in minutes, and tag text with it."""

from typing import TYPE_CHECKING, Any

from tagger.errors import TaggerError
from tagger.runtime.tagger import Tagger, load
from tagger.text.notebook import to_html
from tagger.text.sentence import Sentence, Span, Token
from tagger.version import __version__

if TYPE_CHECKING:
    from tagger.corpus.any_data import read as read
    from tagger.corpus.convert import convert as convert
    from tagger.evaluation.model_scores import compare as compare
    from tagger.evaluation.model_scores import evaluate as evaluate
    from tagger.redaction.redactor import redact as redact
    from tagger.text.rule_file import read_rules as read_rules
    from tagger.text.rules import Rule as Rule
    from tagger.training.callbacks import EpochScores as EpochScores
    from tagger.training.callbacks import StopTraining as StopTraining
    from tagger.training.from_python import train as train

__all__ = ["Sentence", "Span", "Tagger", "TaggerError", "Token", "__version__", "load", "to_html"]
_LATE = {
    "Rule": "tagger.text.rules",
    "EpochScores": "tagger.training.callbacks",
    "StopTraining": "tagger.training.callbacks",
    "compare": "tagger.evaluation.model_scores",
    "convert": "tagger.corpus.convert",
    "evaluate": "tagger.evaluation.model_scores",
    "read": "tagger.corpus.any_data",
    "redact": "tagger.redaction.redactor",
    "read_rules": "tagger.text.rule_file",
    "train": "tagger.training.from_python",
}
"""Names for those who train and score, whose modules are imported when they are asked for.

Some import TensorFlow, so `__all__` leaves them out: an install that only tags has none."""


def __getattr__(name: str) -> Any:  # noqa: ANN401 (whatever is asked for)
    """Import one of the names in `_LATE` (PEP 562)."""
    if name not in _LATE:
        raise AttributeError(f"module 'tagger' has no attribute '{name}'")
    from importlib import import_module

    from tagger.packages import how_to_install

    try:
        value = getattr(import_module(_LATE[name]), name)
    except ModuleNotFoundError as error:
        from tagger.errors import MissingPackageError

        raise MissingPackageError(how_to_install(error.name or str(error))) from error
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATE})
