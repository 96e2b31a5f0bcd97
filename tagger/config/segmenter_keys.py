"""The keys of a configuration for the segmenter, which finds sentences and words in raw text."""

from typing import Annotated, Literal

from pydantic import Field

from tagger.config.section import Section, Share


class SegmenterConfig(Section):
    """The segmenter: a small recurrent network that says where tokens and sentences end in raw text.

    It is trained before the tagger, on the same corpus, and lies in the model folder. It reads units, which are runs of
    letters or digits, or single marks; where tokens end between letters, as in Chinese, a unit is a letter.
    """

    train: Literal["auto", "always", "never"] = "auto"
    """Whether a segmenter is trained: `auto`, `always` or `never`.
    `auto` trains one where the corpus knows its white space, as CoNLL-U does. Without a segmenter, NLTK's tokenizer
    splits raw text."""
    dimension: Annotated[int, Field(ge=1)] = 48
    """Size of a unit's embedding."""
    unknown_rate: Share = 0.5
    """Share of all units whose embedding becomes that of the unknown unit in a training step.
    The rest of their features (characters and shape) stays, so that the segmenter relies on these in new text."""
    characters: Literal["convolution", "bidirectional", "auto"] = "convolution"
    """How a unit's characters are read: by a `convolution` or by a `bidirectional` LSTM.
    The LSTM finds more ends of sentences where units are words, and takes two to three times as long to train. `auto`
    takes it, unless units are letters or syllables, as in Chinese or Vietnamese."""
    filters: Annotated[int, Field(ge=1)] = 24
    """Convolution filters over a unit's characters, for each of the widths 2 and 3."""
    character_units: Annotated[int, Field(ge=1)] = 32
    """Units of the LSTM over a unit's characters, in each direction."""
    units: Annotated[int, Field(ge=1)] = 64
    """Units of the LSTM in each direction."""
    layers: Annotated[int, Field(ge=1, le=8)] = 1
    """Number of LSTM layers; each reads both directions of the layer below."""
    dropout: Share = 0.5
    """Dropout of the numbers that enter and leave the LSTM."""
    epochs: Annotated[int, Field(ge=1)] = 5
    """Number of passes over the text. The best epoch on dev is kept."""
    batch_size: Annotated[int, Field(ge=1)] = 32
    """Windows in a batch."""
    learning_rate: Annotated[float, Field(gt=0.0)] = 0.004
    """Highest learning rate; it falls linearly to zero."""
    window: Annotated[int, Field(ge=8, le=1000)] = 60
    """Longest text that is read at once in training, in units."""
    copies: Annotated[int, Field(ge=1, le=20)] = 2
    """How many times the text is read in an epoch: each copy is varied and cut into windows in another way."""
    least_windows: Annotated[int, Field(ge=0)] = 1000
    """Windows of an epoch, at least: the text of a small corpus is read in up to 20 copies until there are so many."""
    line_breaks: Share = 0.2
    """Share of the paragraphs with line breaks in place of some spaces, as in hard-wrapped text."""
    wide_spaces: Share = 0.05
    """Share of the paragraphs with two spaces between sentences."""
    joined_sentences: Share = 0.0
    """Share of the sentence ends without the space after the full stop."""
    unpunctuated: Share = 0.0
    """Share of the sentences without their final mark."""
    lower_case: Share = 0.0
    """Share of the paragraphs in lower case."""
    apostrophes: Share = 0.1
    """Share of the paragraphs with typographic quotes and apostrophes (`’` for `'`)."""
    initials: Share = 0.0
    """Share of the capitalised words before which an initial is put, or which become one (`J. Smith`).

    A fifth as large a share of the sentences gets a letter as its last word (`Vitamin C.`), which is no initial.
    """
    titles: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    """With `initials`: abbreviations that are put before some of these words in place of an initial (`Prof.`)."""
    references: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    """With `initials`: abbreviations that are put before as large a share of the numbers (`Fig.`)."""
    emoji: Share = 0.0
    """Share of the sentences with an emoji after their end."""
