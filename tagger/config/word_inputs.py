"""The keys of a configuration for what the network reads of each word."""

from typing import Annotated, Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, ValidationInfo, field_validator, model_serializer
from pydantic_core import PydanticCustomError

from tagger.config.section import Section, Share

VectorDropout = Share
"""Probability that a training step sets this whole vector of a token to zero.
The model then has to recognise the word by its other features and its neighbours. (`encoder.dropout` drops single
numbers of all vectors instead.)"""


class GivenConfig(Section):
    """A layer of tags that sentences already have, such as `pos`, as an input.

    The network reads the tags beside the words and does not learn them. Sentences to be tagged must then have the layer
    too.
    """

    dimension: Annotated[int, Field(ge=1)] = 30
    """Size of a tag's embedding."""
    dropout: Share = 0.1
    """Share of the tokens whose given tag is made unknown in a training step.
    This prepares the model for tags that train lacks."""


class WordsConfig(Section):
    """The embedding of whole words."""

    dimension: Annotated[int, Field(ge=1)] = 100
    """Size of a word's embedding."""
    lowercase: bool = False
    """Look words up in lower case. The characters and the shape of a word keep their case."""
    min_count: Annotated[int, Field(ge=1)] = 1
    """Words that occur less often than this in train are out-of-vocabulary.
    All of them share one embedding."""
    unknown_rate: Share = 0.1
    """Share of all tokens whose word becomes the unknown word in a training step.
    The unknown-word embedding is learned in this way, and words are also recognised by their spelling and context."""
    singleton_rate: Share = 0.5
    """Further share, on top of `unknown_rate`, for words that occur only once in train.
    New text has many words that are as rare as these."""


class CharactersConfig(Section):
    """The character encoder: a vector computed from the spelling of each word."""

    encoder: Literal["convolution", "bidirectional", "none"] = "convolution"
    """How characters become a vector: `convolution`, `bidirectional` or `none`.
    `convolution` takes the maximum of convolution filters over the characters; `bidirectional` takes the last outputs
    of an LSTM over the characters in each direction; `none` does without characters."""
    dimension: Annotated[int, Field(ge=1)] = 50
    """Size of a character's embedding."""
    widths: Annotated[tuple[Annotated[int, Field(ge=1, le=20)], ...], Field(min_length=1)] = (2, 3, 4)
    """Convolution: widths of the filters, in characters."""
    filters: Annotated[int, Field(ge=1)] = 64
    """Convolution: number of filters of each width."""
    units: Annotated[int, Field(ge=1)] = 50
    """Bidirectional encoder: units in each direction."""
    max_length: Annotated[int, Field(ge=2)] = 40
    """Number of characters read of a word.
    Of a longer word, the first and the last half of this number are read."""
    min_count: Annotated[int, Field(ge=1)] = 1
    """Characters that occur less often than this in train are read as the unknown character."""
    dropout: VectorDropout = 0.0


class ShapeConfig(Section):
    """Word shapes as a feature: `Xxx` for `Ada`, `dd.d` for `10.5`.

    `X` is an upper-case letter, `x` a lower-case one, `c` a letter without case, `d` a digit; other characters stand
    for themselves. Shapes are hashed, so there is no vocabulary of them and none is unknown. The vectors of shapes
    start at zero.
    """

    dimension: Annotated[int, Field(ge=0)] = 0
    """Size of a shape's vector; 0 leaves shapes out."""
    longest_run: Annotated[int, Field(ge=1, le=8)] = 2
    """Longest run of equal symbols in a shape; longer runs are cut to it.
    2 gives `Xxx` for `Ada` and for `Lovelace`, 1 gives `Xx` for both and `X` for `NATO`."""
    buckets: Annotated[int, Field(ge=1, lt=2**24)] = 512
    """Number of vectors; shapes with the same hash share one."""
    dropout: VectorDropout = 0.0


class AffixesConfig(Section):
    """Prefixes and suffixes of the lower-cased word as features.

    Affixes are hashed, so there is no vocabulary of them and none is unknown. The vectors of affixes start at zero.
    """

    dimension: Annotated[int, Field(ge=0)] = 0
    """Size of the vector of each prefix and each suffix; 0 leaves them out."""
    prefixes: tuple[Annotated[int, Field(ge=1, le=10)], ...] = (1, 2, 3)
    """Lengths of the prefixes, in characters; may be empty.
    A word shorter than a length has no prefix of it."""
    suffixes: tuple[Annotated[int, Field(ge=1, le=10)], ...] = (1, 2, 3, 4)
    """Lengths of the suffixes, in characters; may be empty."""
    buckets: Annotated[int, Field(ge=1, lt=2**24)] = 2000
    """Number of vectors for each length of prefix and of suffix.
    Affixes with the same hash share one vector."""
    dropout: VectorDropout = 0.0


class VectorsConfig(Section):
    """Pretrained word vectors, read beside the model's own word embedding.

    All words of the file of vectors go into the model folder, so the tagger also knows words that train does not have.
    """

    path: str = ""
    """File of the vectors; empty uses none.
    The file is GloVe or word2vec text, fastText's `.vec`, word2vec's binary format, or JSON of winkNLP, compressed or
    not; or a NumPy array with a list of words beside it. A word is looked up as it stands, and if that fails in lower
    case."""
    mode: Literal["frozen", "fine-tune"] = "frozen"
    """Whether the vectors are `frozen` or trained further with `fine-tune`.
    `fine-tune` trains the vectors of the words in train; all others stay as they are."""
    max_words: Annotated[int, Field(ge=0)] = 0
    """Number of words read from the start of the file; 0 reads all.
    The most frequent words usually stand there."""
    projection: Annotated[int, Field(ge=0)] = 0
    """Number of features that a trained linear projection makes of each frozen vector; 0 reads the vectors as they are.
    The model folder has the projected vectors alone: it is smaller, and tagging is no slower than without. To train a
    finished model further, the file of vectors must still be there."""
    bits: Literal[32, 16, 8] = 32
    """Precision, in the model folder, of the vectors that are not trained.
    16 bits take half the space of 32; 8 bits take a quarter, and 2 bytes a word for the scale of its vector."""
    keys: Literal["words", "hashes"] = "words"
    """Whether the model folder lists the `words` that have a vector, or their `hashes` of 4 bytes.
    With hashes, about one in five million other words of a text is taken for one of 200,000 listed ones."""
    dropout: VectorDropout = 0.0

    @field_validator("projection")
    @classmethod
    def _check_frozen(cls, projection: int, others: ValidationInfo) -> int:
        if projection and others.data.get("mode") == "fine-tune":
            raise PydanticCustomError(
                "conflict",
                "vectors.projection is for frozen vectors: leave it out, or set vectors.mode to 'frozen'",
            )
        return projection

    @model_serializer(mode="wrap")
    def _without_unused(self, values: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out keys that are newer than models which do not use them, so that their configurations stay equal."""
        fields: dict[str, Any] = values(self)
        unused = {"projection": 0, "keys": "words"}
        return {key: value for key, value in fields.items() if key not in unused or value != unused[key]}
