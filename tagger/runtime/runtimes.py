"""What can run the network of a model folder: ONNX Runtime, or TensorFlow where a user asks for it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from tagger.errors import ConfigError, MissingPackageError
from tagger.model.folder import ModelFolder
from tagger.packages import install_line
from tagger.text.sentence import Tokenized

if TYPE_CHECKING:
    import numpy as np

    from tagger.model.transitions import Transitions

RUNTIMES = ("auto", "onnx", "tensorflow")
"""What can run the network; `auto` is ONNX Runtime where the folder has a model for it, else TensorFlow."""


class Predictor(Protocol):
    """Runs a network over sentences: their words, and their tags where it reads some.

    Any number of threads may use it.
    """

    def predict(self, sentences: Sequence[Tokenized]) -> list[dict[str, list[str]]]:
        """The best tags of each task, one for each token, of every sentence."""

    def scores(self, sentences: Sequence[Tokenized]) -> list[dict[str, "np.ndarray"]]:
        """The scores `[T, K]` of each task, float32, before any softmax, of every sentence."""

    def transitions(self) -> Mapping[str, "Transitions"]:
        """The learned transitions of each task that has some."""


def predictor_of(folder: ModelFolder, runtime: str = "auto", threads: int | None = None) -> Predictor:
    """Load the network of a model folder into a runtime; arguments and errors as in `load`."""
    if runtime not in RUNTIMES:
        raise ConfigError(f"there is no runtime '{runtime}'; there are {', '.join(RUNTIMES)}")
    if threads is not None and threads < 1:
        raise ConfigError(f"threads = {threads}: give 1 or more")
    if runtime == "onnx" or (runtime == "auto" and folder.has_onnx):
        try:
            from tagger.runtime.onnx_predictor import OnnxPredictor
        except ImportError as error:
            raise MissingPackageError(
                f"tagging needs ONNX Runtime, which could not be imported ({error}): {install_line()}, or use "
                "the runtime 'tensorflow'"
            ) from None
        return OnnxPredictor(folder, threads)
    from tagger.network.saved_weights import load_predictor  # imports TensorFlow, so only for those who ask for it

    return load_predictor(folder, threads)
