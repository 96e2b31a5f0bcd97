"""The configuration of `tagger pretrain` for a model of words, which begins a tagger's encoder."""

from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from tagger.config.pretraining_keys import PretrainingConfig
from tagger.config.recurrent_keys import OptimizerConfig
from tagger.config.schema import Config, EncoderConfig, TaskConfig
from tagger.config.section import Section, Share
from tagger.config.word_inputs import AffixesConfig, CharactersConfig, ShapeConfig, WordsConfig


class WordTextConfig(Section):
    """The text that a language model of words learns from, and the words that it knows."""

    unit: Literal["word"]
    """What the model predicts: `word` is each word of a sentence, from the words before it and from those after it."""
    segmenter: str = ""
    """Model whose segmenter splits the text into sentences and words: the name of a shipped one, or a folder.
    Empty takes NLTK's tokenizer. Take the segmentation of the corpora that the tagger will learn from."""
    held_out: Annotated[float, Field(ge=0.0, le=0.5)] = 0.01
    """Share of the sentences, spread over the text, that the model does not learn from but is scored on.
    Scoring is slow, for it compares all words: twenty thousand words are enough. The weights with the lowest loss on
    them are kept; with 0 the last weights are."""
    max_words: Annotated[int, Field(ge=1, le=2**22)] = 50_000
    """Number of words that the model knows and predicts: the most frequent of the text.
    All others are read, and predicted, as the unknown word."""
    max_tokens: Annotated[int, Field(ge=2)] = 120
    """Longest sentence, in words; a longer one is read in parts of this length, as if each were a sentence."""


class WordLoopConfig(OptimizerConfig):
    """The training loop of a language model of words: epochs, batches and the optimizer."""

    epochs: Annotated[int, Field(ge=1)] = 1
    """Number of passes over the text."""
    batch_size: Annotated[int, Field(ge=1)] = 64
    """Sentences in a batch."""
    samples: Annotated[int, Field(ge=0, le=2**20)] = 4096
    """Number of draws of the words that a batch's right words are compared with (sampled softmax, Jean et al. 2015).
    Frequent words are drawn more often, and a word that is drawn twice counts once. 0 compares all words, for which the
    words of a batch times `text.max_words` numbers must fit in memory."""
    pool: Annotated[int, Field(ge=1)] = 50
    """Number of batches whose sentences are sorted by length together."""
    shuffle_buffer: Annotated[int, Field(ge=1)] = 20_000
    """Size of the shuffle buffer, in sentences."""
    average: Share = 0.0
    """Decay of an exponential moving average (EMA) of the weights; 0 keeps the weights."""
    evaluate_steps: Annotated[int, Field(ge=0)] = 0
    """Score the held-out sentences, and save the state that `--resume` continues from, after this many steps too.
    0 does so after each epoch only."""


class WordModelConfig(PretrainingConfig):
    """The whole configuration of a language model of words.

    `words`, `characters`, `shape`, `affixes` and `encoder` are those of the tagger that is to begin with the model.
    Together with the text, the configuration determines the model.
    """

    text: WordTextConfig
    words: WordsConfig = WordsConfig(lowercase=True)
    characters: CharactersConfig = CharactersConfig()
    shape: ShapeConfig = ShapeConfig()
    affixes: AffixesConfig = AffixesConfig()
    encoder: EncoderConfig = EncoderConfig()
    training: WordLoopConfig = WordLoopConfig()

    @field_validator("encoder")
    @classmethod
    def _check_blind(cls, encoder: EncoderConfig) -> EncoderConfig:
        """Refuse an encoder that has read the word that it is to guess: its loss would be low and mean nothing."""
        if encoder.bidirectional and encoder.stack == "layers" and encoder.layers > 1:
            raise PydanticCustomError(
                "conflict",
                "layers that read both directions of the layer below have read the word that they are to guess: set "
                "encoder.stack to 'directions', or encoder.layers to 1",
            )
        if encoder.pretrained:
            raise PydanticCustomError("conflict", "a language model begins with no other: leave encoder.pretrained out")
        return encoder

    def as_tagger(self) -> Config:
        """Return the configuration of a tagger without tasks that has the same encoder."""
        shared = {name: getattr(self, name) for name in ("seed", "words", "characters", "shape", "affixes", "encoder")}
        return Config(tasks={"none": TaskConfig()}).model_copy(update={"tasks": {}, **shared})
