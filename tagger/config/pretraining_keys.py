"""The configuration of `tagger pretrain` for a model of characters: what it reads, its network, and its training."""

from typing import Annotated, Literal

import tomli_w
from pydantic import Field

from tagger.config.recurrent_keys import LayersConfig, OptimizerConfig
from tagger.config.section import Section


class TextConfig(Section):
    """The text that a language model learns from."""

    unit: Literal["character"]
    """What the model predicts: `character` is the next character of the text."""
    held_out: Annotated[float, Field(ge=0.0, le=0.5)] = 0.05
    """Share of the text, at its end, that the model does not learn from but is scored on.
    The weights with the lowest loss on it are kept. With 0 the last weights are kept."""


class AlphabetConfig(Section):
    """The characters that a language model knows."""

    min_count: Annotated[int, Field(ge=1)] = 1
    """Characters that occur less often in the text are read, and predicted, as the unknown character."""
    dimension: Annotated[int, Field(ge=1)] = 64
    """Size of a character's embedding."""


class StackConfig(LayersConfig):
    """The recurrent layers of a language model, which read the text forwards."""

    units: Annotated[int, Field(ge=1)] = 256
    """Units of each layer."""
    layers: Annotated[int, Field(ge=1, le=32)] = 3
    """Number of recurrent layers."""
    kernel: Literal["auto", "dynamic_rnn", "fused"] = "auto"
    """Implementation of the recurrence; all compute the same function.
    `fused` supports the usual cells, `dynamic_rnn` every cell; `auto` takes the fused one where it applies."""
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.1
    """Dropout of the numbers that enter and leave the layers.
    Dropout never applies inside the recurrence (Zaremba et al. 2014)."""


class PretrainingLoopConfig(OptimizerConfig):
    """The training loop of a language model: windows of the text, and the optimizer.

    The text is laid out as parallel streams, which are read window by window. The state at the end of a window is the
    state at the start of the next; gradients end at the window (truncated back-propagation). An epoch begins with a
    state of zeros.
    """

    epochs: Annotated[int, Field(ge=1)] = 20
    """Number of passes over the text."""
    batch_size: Annotated[int, Field(ge=1)] = 32
    """Streams that are read side by side: the text is cut into this many equal parts."""
    steps: Annotated[int, Field(ge=1)] = 100
    """Length of a window, in characters."""
    evaluate_steps: Annotated[int, Field(ge=0)] = 0
    """Score the held-out text, and save the state that `--resume` continues from, after this many training steps too.
    0 does so after each epoch only."""


class PretrainingConfig(Section):
    """What the configurations of all language models have."""

    seed: Annotated[int, Field(ge=0, lt=2**31)] = 1
    """Seed of every random number.
    The same seed, configuration and text give the same model."""
    output: str = ""
    """Folder of the language model to write. `--output` on the command line takes its place."""

    def to_toml(self) -> str:
        """Return the configuration as the text of a TOML file; `load_pretraining_config` reads it back equal."""
        return tomli_w.dumps(self.model_dump(mode="json"))


class CharacterModelConfig(PretrainingConfig):
    """The whole configuration of a language model of characters.

    Together with the text, the configuration determines the model.
    """

    text: TextConfig
    characters: AlphabetConfig = AlphabetConfig()
    encoder: StackConfig = StackConfig()
    training: PretrainingLoopConfig = PretrainingLoopConfig()
