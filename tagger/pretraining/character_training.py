"""The training of a language model of characters, as the loop of pretraining drives it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from tagger.config.pretraining_keys import CharacterModelConfig
from tagger.network.recurrent_language_model import RecurrentLanguageModel
from tagger.network.saved_weights import parameter_count
from tagger.pretraining.language_model_step import LanguageModelStep
from tagger.pretraining.streams import held_out_streams, training_streams
from tagger.pretraining.text_ids import TextIds


class CharacterTraining:
    """A language model of characters with its streams: the text's beginning to learn from, its end to be scored on."""

    unit = "character"

    def __init__(self, config: CharacterModelConfig, text: TextIds) -> None:
        """Raises DataError where the text is too short for the configuration."""
        self.text, self._known = text.record, len(text.vocabulary.entries)
        loop = config.training
        train = len(text.ids) - round(len(text.ids) * config.text.held_out)
        self.streams = training_streams(text.ids[:train], loop.batch_size, loop.steps)
        self.held_out = (
            held_out_streams(text.ids[train:], loop.batch_size, loop.steps) if config.text.held_out else None
        )
        self.network = RecurrentLanguageModel(config, len(text.vocabulary))
        self.steps_per_epoch = self.streams.windows
        self.step = LanguageModelStep(self.network, loop, loop.epochs * self.steps_per_epoch)

    def description(self) -> str:
        """Return one line about what is going to be trained."""
        held_out = f", {len(self.held_out.ids):,} held out" if self.held_out else ""
        rare = self.text.rare
        merged = f", {rare:,} rarer than characters.min_count and read as unknown" if rare else ""
        return (
            f"{len(self.streams.ids):,} characters{held_out}, {self._known:,} different ones{merged}; "
            f"{self.steps_per_epoch:,} steps an epoch; {parameter_count(self.network):,} parameters"
        )

    def plan(self) -> None:
        """Do nothing: the step is made for all epochs of the configuration."""

    def text_figures(self) -> dict[str, Any]:
        """Return what `metrics.json` says of the text."""
        held_out = len(self.held_out.ids) if self.held_out else 0
        return {
            **self.text.as_dict(),
            "train": len(self.streams.ids),
            "held_out": held_out,
            "vocabulary": self._known,
        }

    @property
    def mean_loss(self) -> float:
        """The mean loss of a character in the current epoch so far, in nats."""
        return self.step.mean_loss

    def train(self, epoch: int, skip: int) -> Iterator[int]:
        """Take the steps of an epoch that are left after `skip`, and yield the number of characters of each."""
        del epoch  # all epochs are alike
        if not skip:
            self.step.start_epoch()
        for number in range(skip, self.steps_per_epoch):
            window = self.streams.window(number)
            self.step.run(window)
            yield window[:, 1:].size

    def score(self) -> float | None:
        """Return the mean loss of a character of the held-out text, in nats; None where nothing is held out."""
        return self.step.score(self.held_out) if self.held_out else None

    def kept_weights(self) -> AbstractContextManager[None]:
        """Give the network the weights to score and keep inside the block: those that it has."""
        return nullcontext()
