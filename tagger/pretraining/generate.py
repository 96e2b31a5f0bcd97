"""Text that a language model writes, character by character."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tagger.backend import tf
from tagger.errors import ConfigError
from tagger.model.finite import check_finite
from tagger.model.vocabulary import FIRST_WORD, UNKNOWN, Vocabulary
from tagger.pretraining.saved_language_model import LanguageModel

_LINE_FEED = "\n"


@dataclass(frozen=True)
class Sampling:
    """How the next character is drawn from the model's probabilities."""

    temperature: float = 1.0
    """Divides the scores before the softmax: below 1 likely characters become likelier, above 1 less likely.
    0 always takes the likeliest."""
    top: int = 0
    """Draw from this many of the likeliest characters only; 0 draws from all."""
    seed: int | None = None
    """The same seed gives the same text; None draws another text each time."""

    def __post_init__(self) -> None:
        if not 0 <= self.temperature < math.inf:
            raise ConfigError(f"a temperature of {self.temperature}: give a number from 0 on, such as 0.8")
        if self.top < 0:
            raise ConfigError(f"the top {self.top} characters: give a whole number from 0 on; 0 takes all")

    def probabilities(self, scores: np.ndarray) -> np.ndarray:
        """Return the probabilities `[K]` to draw from, given scores `[K]`; of equal scores the first is the best."""
        best_first = np.argsort(-scores, kind="stable")
        if not self.temperature:
            return np.eye(1, len(scores), best_first[0])[0]
        kept = best_first[: self.top or None]
        weights = np.zeros(len(scores))
        # A temperature near 0 makes the differences too large for a number, and their weight 0.
        with np.errstate(over="ignore"):
            weights[kept] = np.exp((scores[kept] - scores[best_first[0]]).astype(np.float64) / self.temperature)
        return weights / weights.sum()


def unknown_characters(prompt: str, characters: Vocabulary) -> str:
    """Return the different characters of a prompt that a model does not know, in the order of their first places."""
    return "".join(dict.fromkeys(character for character in prompt if character not in characters))


def generate(model: LanguageModel, prompt: str, length: int, sampling: Sampling = Sampling()) -> Iterator[str]:
    """Yield `length` characters that continue a prompt, one by one, with the state carried from step to step.

    A model that knows the line feed reads one before the prompt, as if the prompt began a line: it has hardly ever seen
    another beginning with a state of zeros. Characters of the prompt that the model does not know are read as the
    unknown character. With nothing to read, it reads its most frequent character. Raises ModelError where a score is no
    number.
    """
    entries = model.characters.entries
    begin = _LINE_FEED * (_LINE_FEED in model.characters) + prompt or entries[0]
    generator = np.random.default_rng(sampling.seed)
    step = tf.function(model.network.step, autograph=False)
    state = model.network.zero_state(1)
    ids = [model.characters.ids.get(character, UNKNOWN) for character in begin]
    for number in ids[:-1]:
        _, state = step(tf.constant([number]), state)
    last = ids[-1]
    for _ in range(length):
        scores, state = step(tf.constant([last]), state)
        known = scores.numpy()[0, FIRST_WORD:]  # neither padding nor the unknown character can be written
        check_finite(known)
        place = _drawn(sampling.probabilities(known), generator.random())
        last = place + FIRST_WORD
        yield entries[place]


def _drawn(probabilities: np.ndarray, number: float) -> int:
    """Return the place that a random number from 0 to 1 draws.

    Cumulative sums draw it, because NumPy's own choice may change with a release, and the text of a seed with it.
    """
    possible = np.flatnonzero(probabilities)
    place = int(np.searchsorted(np.cumsum(probabilities[possible]), number, side="right"))
    return int(possible[min(place, len(possible) - 1)])  # the sum of all may be rounded to less than 1
