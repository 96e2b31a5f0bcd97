"""Text that a language model writes, character by character or word by word."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tagger.backend import tf
from tagger.errors import ConfigError
from tagger.model.finite import check_finite
from tagger.model.vocabulary import FIRST_WORD, PADDING, UNKNOWN
from tagger.network.cells import State
from tagger.network.saved_language_model import CharacterModel, WordModel
from tagger.network.word_language_model import WordLanguageModel
from tagger.text.casing import lower_case
from tagger.text.composing import composed
from tagger.text.word_tokenizer import word_columns

_LINE_FEED = "\n"


@dataclass(frozen=True)
class Sampling:
    """How the next character or word is drawn from the model's probabilities."""

    temperature: float = 1.0
    """Divides the scores before the softmax: below 1 likely ones become likelier, above 1 less likely.
    0 always takes the likeliest."""
    top: int = 0
    """Draw from this many of the likeliest only; 0 draws from all."""
    seed: int | None = None
    """The same seed gives the same text; None draws another text each time."""

    def __post_init__(self) -> None:
        if not 0 <= self.temperature < math.inf:
            raise ConfigError(f"a temperature of {self.temperature}: give a number from 0 on, such as 0.8")
        if self.top < 0:
            raise ConfigError(f"the top {self.top}: give a whole number from 0 on; 0 takes all")

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


def unknown_in(prompt: str, model: CharacterModel | WordModel) -> list[str]:
    """Return the different characters, or words, of a prompt that a model does not know, in the order of the prompt."""
    if isinstance(model, CharacterModel):
        return list(dict.fromkeys(character for character in prompt if character not in model.characters))
    key = lower_case if model.config.words.lowercase else str
    return list(dict.fromkeys(word for word in _words_of(prompt) if key(word) not in model.words))


def generate(model: CharacterModel | WordModel, prompt: str, length: int, sampling: Sampling) -> Iterator[str]:
    """Yield the pieces of a text of `length` characters, or words, that continues a prompt.

    Each is drawn, and read before the next, with the state carried from step to step. Raises ModelError where a score
    is no number.
    """
    if isinstance(model, CharacterModel):
        return _characters(model, prompt, length, sampling)
    return _words(model, prompt, length, sampling)


def _characters(model: CharacterModel, prompt: str, length: int, sampling: Sampling) -> Iterator[str]:
    """Yield `length` characters that continue a prompt, one by one.

    A model that knows the line feed reads one before the prompt, as if the prompt began a line: it has hardly ever seen
    another beginning with a state of zeros. Characters of the prompt that the model does not know are read as the
    unknown character. With nothing to read, it reads its most frequent character.
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


def _words(model: WordModel, prompt: str, length: int, sampling: Sampling) -> Iterator[str]:
    """Yield `length` words that go on with a prompt, which is one sentence, each after a space.

    Where a sentence ends, a line feed takes the place of the space before the next word.
    """
    network, entries = model.network, model.words.entries
    generator = np.random.default_rng(sampling.seed)
    step = tf.function(network.step, autograph=False, reduce_retracing=True)
    scores, state, size = network.first_scores(), _begin(network), 0
    for word in _words_of(prompt):
        scores, state = step(model.lookup.inputs(tf.ragged.constant([[word]])), state)
        size += 1
    before = " " * bool(size)
    written = 0
    while written < length:
        possible = scores.numpy()[0]
        check_finite(possible)
        possible[UNKNOWN] = -np.inf
        if not size:  # a sentence has a word
            possible[PADDING] = -np.inf
        number = _drawn(sampling.probabilities(possible), generator.random())
        if number == PADDING or size >= model.config.text.max_tokens:
            scores, state, size, before = network.first_scores(), _begin(network), 0, _LINE_FEED
            continue
        word = entries[number - FIRST_WORD]
        yield before + word
        written, size, before = written + 1, size + 1, " "
        scores, state = step(model.lookup.inputs(tf.ragged.constant([[word]])), state)


def _words_of(prompt: str) -> list[str]:
    """Return the words of a prompt as the model reads them."""
    return [composed(word) for word in word_columns(prompt, 0)[0]]


def _begin(network: WordLanguageModel) -> State:
    """Return the state before a sentence."""
    return network.encoder.forward.zero_state(1, tf.float32)


def _drawn(probabilities: np.ndarray, number: float) -> int:
    """Return the place that a random number from 0 to 1 draws.

    Cumulative sums draw it, because NumPy's own choice may change with a release, and the text of a seed with it.
    """
    possible = np.flatnonzero(probabilities)
    place = int(np.searchsorted(np.cumsum(probabilities[possible]), number, side="right"))
    return int(possible[min(place, len(possible) - 1)])  # the sum of all may be rounded to less than 1
