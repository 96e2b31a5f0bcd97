"""The configuration of one training: every key that there is, what it does and which values it takes."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import tomli_w
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from tagger.text.sentence import RESERVED_NAMES

Share = Annotated[float, Field(ge=0.0, lt=1.0)]
"""A share of something that is dropped: 0 keeps all."""
VectorDropout = Share
"""A share of the tokens of a training step whose vector of a kind is left out whole, so that a word is told by what
else is read of it and by its neighbours; `encoder.dropout` leaves out single numbers of all vectors."""


def _is_free(name: str) -> str:
    if name in RESERVED_NAMES:
        raise PydanticCustomError("reserved", "is a name that records keep for themselves: choose another")
    return name


TaskName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$"), AfterValidator(_is_free)]
"""Also the name of a file in the model folder."""


class Section(BaseModel):
    """One table of the file: frozen, and without keys nobody knows."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, allow_inf_nan=False)


class CorpusConfig(Section):
    """What to train on."""

    path: str = ""
    """Folder of records (`tagger convert`) or of a recipe whose data lie beside it."""
    max_tokens: Annotated[int, Field(ge=0)] = 0
    """Sentences of train with more tokens are left out, and counted; 0 keeps all."""


class MixedCorpusConfig(CorpusConfig):
    """One of several corpora that are mixed in one training. They may annotate different tasks."""

    path: Annotated[str, Field(min_length=1)]
    """As that of `[corpus]`."""
    weight: Annotated[float, Field(ge=0.0, le=1000.0)] = 1.0
    """How often an epoch has each of its sentences of train: 2 has each twice, 0.5 has half of them and the next epoch
    the other half, 1.5 has each once and half of them twice. With 0 nothing is learned of it: it is only scored."""
    tasks: dict[TaskName, Annotated[str, Field(min_length=1)]] = Field(default_factory=dict)
    """Which of its layers are used, and for which task: `{ ner = "entities" }`, or a list where the names are the same;
    all that have the name of a task where nothing is given."""
    tags: dict[TaskName, dict[Annotated[str, Field(min_length=1)], Annotated[str, Field(min_length=1)]]] = Field(
        default_factory=dict
    )
    """By task: tags that have another name in the model; labels where they are spans. `[corpora.tags.ner]` with
    `MISC = "O"` leaves those spans out, `GPE = "LOC"` makes them locations."""
    dev: bool = True
    """Whether its dev split counts for the scores of an epoch, where it has one."""

    @field_validator("tasks", mode="before")
    @classmethod
    def _named_alike(cls, tasks: Any) -> Any:  # noqa: ANN401 (as it stands in the file)
        is_list = isinstance(tasks, list | tuple) and all(isinstance(task, str) for task in tasks)
        return {task: task for task in tasks} if is_list else tasks


class TaskConfig(Section):
    """One layer of tags to learn."""

    weight: Annotated[float, Field(gt=0.0)] = 1.0
    """Of this task's loss in the sum."""
    scheme: Literal["", "IOB2"] = ""
    """Filled in from the corpus: how the task's spans are written, nothing for plain tags."""
    decoder: Literal["softmax", "crf"] = "softmax"
    """`softmax`: each tag for itself; `crf`: a conditional random field, in which a tag depends on its neighbours.
    With both, no tag is given that the scheme does not allow."""
    miss_cost: Annotated[float, Field(ge=0.0)] = 0.0
    """Of spans: what the score of `O` gains in training wherever it is wrong, so that a model that finds too little has
    to be surer of it (softmax-margin, Gimpel & Smith 2010, with costs for the tokens of spans alone). It finds more and
    is wrong more often: 1 to 4 where recall is far below precision, less where teachers, who have it too, show it what
    they find. Its probabilities are then no longer calibrated."""
    confusion_cost: Annotated[float, Field(ge=0.0)] = 0.0
    """The same of every other wrong tag of a span's tokens."""


class GivenConfig(Section):
    """One layer of tags that sentences have already, to be read beside their words and not learned."""

    dimension: Annotated[int, Field(ge=1)] = 30
    """Of the vector of a tag."""
    dropout: Share = 0.1
    """Share of the tokens whose tag is made unknown in a training step."""


class WordsConfig(Section):
    """The word embedding."""

    dimension: Annotated[int, Field(ge=1)] = 100
    lowercase: bool = False
    """Look words up in lower case; the characters keep their case."""
    min_count: Annotated[int, Field(ge=1)] = 1
    """Words rarer than this in train are unknown words."""
    unknown_rate: Share = 0.1
    """Share of all words that are made unknown in a training step."""
    singleton_rate: Share = 0.5
    """Share of the words seen once in train that are made unknown in a training step."""


class CharactersConfig(Section):
    """What is read off the spelling of a word."""

    encoder: Literal["convolution", "bidirectional", "none"] = "convolution"
    dimension: Annotated[int, Field(ge=1)] = 50
    widths: Annotated[tuple[Annotated[int, Field(ge=1, le=20)], ...], Field(min_length=1)] = (2, 3, 4)
    """Characters under each group of filters of the convolution."""
    filters: Annotated[int, Field(ge=1)] = 64
    """Filters of each width."""
    units: Annotated[int, Field(ge=1)] = 50
    """Units of each direction of the bidirectional encoder."""
    max_length: Annotated[int, Field(ge=2)] = 40
    """Of a longer word, the first and the last half of so many characters are read."""
    min_count: Annotated[int, Field(ge=1)] = 1
    """Characters rarer than this in train are unknown characters."""
    dropout: VectorDropout = 0.0


class ShapeConfig(Section):
    """The shape of a word, `Xxx` for `Ada` and `dd.d` for `10.5`: letters by their case, digits, and all other
    characters as they stand; hashed, so that any shape has a vector, of zeros at first."""

    dimension: Annotated[int, Field(ge=0)] = 0
    """0 leaves shapes out."""
    longest_run: Annotated[int, Field(ge=1, le=8)] = 2
    """Characters of one kind that follow each other are cut to so many: 1 makes `Xx` of `Ada`, and `X` of `NATO`."""
    buckets: Annotated[int, Field(ge=1, lt=2**24)] = 512
    """Vectors, which shapes of one hash share."""
    dropout: VectorDropout = 0.0


class AffixesConfig(Section):
    """The first and the last characters of a word in lower case; hashed, so that there is no vocabulary of them."""

    dimension: Annotated[int, Field(ge=0)] = 0
    """Of each prefix and of each suffix; 0 leaves them out."""
    prefixes: tuple[Annotated[int, Field(ge=1, le=10)], ...] = (1, 2, 3)
    """Characters of each, of which a shorter word has none; may be empty."""
    suffixes: tuple[Annotated[int, Field(ge=1, le=10)], ...] = (1, 2, 3, 4)
    buckets: Annotated[int, Field(ge=1, lt=2**24)] = 2000
    """Vectors of each length of prefix and of suffix, which those of one hash share."""
    dropout: VectorDropout = 0.0


class VectorsConfig(Section):
    """Vectors that others have trained on much text; all words of their file are kept in the model folder, so that
    tagging knows words that train does not have."""

    path: str = ""
    """GloVe's or word2vec's text, fastText's `.vec` or word2vec's binary file, compressed or not; none leaves them out.
    A word is looked up as it stands, or else in lower case."""
    mode: Literal["frozen", "fine-tune"] = "frozen"
    """`frozen`: they stay as they are; `fine-tune`: those of the words of train are trained further."""
    max_words: Annotated[int, Field(ge=0)] = 0
    """The first so many words of the file, which are mostly the commonest; 0 takes all."""
    bits: Literal[32, 16] = 32
    """Of the numbers that stay as they are, in the model folder: 16 take half of the room."""
    dropout: VectorDropout = 0.0


class EncoderConfig(Section):
    """The recurrent network over the sentence."""

    cell: Annotated[str, Field(min_length=1)] = "lstm"
    """A cell's name, or `package.module:Class` for one of your own."""
    options: dict[str, Any] = Field(default_factory=dict)
    """Further arguments of the cell, such as `use_peepholes = true`."""
    units: Annotated[int, Field(ge=1)] = 200
    layers: Annotated[int, Field(ge=1, le=32)] = 1
    bidirectional: bool = True
    stack: Literal["directions", "layers"] = "directions"
    """`directions`: the layers of each direction read their own direction alone, and the last ones stand side by side;
    `layers`: each layer reads what both directions of the one below have made. The same where there is one layer, or
    one direction."""
    residual: bool = False
    """Add a layer's input to its output, from the second layer on."""
    dropout: Share = 0.5
    """Between layers and around them, never inside the recurrence (Zaremba et al. 2014)."""
    dropout_around: Literal["stack", "cells"] = "stack"
    """`stack`: on the input of each layer and on the output of the last; `cells`: on the input and on the output of
    each layer, so that what goes from one to the next is dropped twice."""
    state_dropout: Share = 0.0
    """On the state that goes from a step to the next, but for an LSTM's memory. It is fast with `variational` alone,
    for the fused kernel draws no mask a step."""
    variational: bool = False
    """One dropout mask for all steps of a sentence (Gal & Ghahramani 2016) in place of one a step."""
    kernel: Literal["auto", "dynamic_rnn", "fused"] = "auto"
    """How the same numbers are computed: `fused` fast, for the usual cells; `dynamic_rnn` for every cell; `auto` the
    first where it applies, or on a GPU the vendor's kernel where there is one."""


class LanguageModelConfig(Section):
    """What is learned of the text alone, beside the tags: to guess each word from those before it and from those after
    it (Rei 2017). Nothing of it is there when a model tags."""

    weight: Annotated[float, Field(ge=0.0)] = 0.0
    """Of its loss beside the tasks'; 0 leaves it out."""
    words: Annotated[int, Field(ge=1)] = 2000
    """The commonest words that are told from each other; all others are one."""
    units: Annotated[int, Field(ge=1)] = 50
    """Of the layer between the encoder and the guess."""


class DistillationConfig(Section):
    """A model that learns of others. They are trained first, on the same corpus and with the same settings, each from a
    seed of its own; what all of them together hold likely of each sentence of train tells the model more than gold tags
    do, of which it is rather sure and some are wrong (Hinton et al. 2015, Furlanello et al. 2018). It tags as fast as
    any other."""

    teachers: Annotated[int, Field(ge=0, le=1000)] = 0
    """How many there are; 0 leaves it out."""
    weight: Annotated[float, Field(gt=0.0, le=1.0)] = 0.9
    """Of what they hold likely in each task's loss, beside the gold tags."""
    epochs: Annotated[int, Field(ge=0)] = 0
    """Of each teacher; 0 has as many as the model itself, which bears more of them."""


class TrainingConfig(Section):
    """The loop."""

    epochs: Annotated[int, Field(ge=1)] = 10
    batch_size: Annotated[int, Field(ge=1)] = 32
    """Sentences, of all workers together."""
    batch_tokens: Annotated[int, Field(ge=0)] = 0
    """Tokens of a batch at most, padding included, in place of `batch_size`, so that long sentences do not take more
    memory; a longer sentence is a batch of its own. 0 counts sentences."""
    pool: Annotated[int, Field(ge=1)] = 50
    """Batches whose sentences are sorted by length together, so that little of a batch is padding."""
    shuffle_buffer: Annotated[int, Field(ge=1)] = 20000
    """Sentences among which the next one is drawn."""
    optimizer: Literal["adam", "sgd"] = "adam"
    learning_rate: Annotated[float, Field(gt=0.0)] = 0.002
    beta1: Share = 0.9
    beta2: Annotated[Share, Field(validate_default=True)] = 0.999
    """Above the square of `beta1`, without which Adam does not come to rest where there is no gradient."""
    epsilon: Annotated[float, Field(gt=0.0)] = 1e-8
    momentum: Share = 0.0
    """Of SGD."""
    warmup: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0
    """Share of all steps in which the learning rate rises to its height."""
    decay: Literal["none", "linear", "cosine"] = "linear"
    """How it falls to zero from there."""
    label_smoothing: Share = 0.0
    """Share of a token's gold tag that is spread evenly over all tags of its task (Szegedy et al. 2016), for tasks with
    the softmax decoder; a CRF scores whole paths, most of which the scheme forbids, and is left as it is."""
    lowercase_rate: Share = 0.0
    """Share of the sentences of a training step that are read in lower case, words and characters, so that a model is
    no stranger to headlines and chat. Other sentences are drawn in each epoch; what is scored or tagged stays as it is.
    """
    clip_norm: Annotated[float, Field(ge=0.0)] = 5.0
    """Upper bound of the gradient's global norm; 0 leaves it alone."""
    average: Share = 0.0
    """Decay of the exponential moving average of the weights (EMA) that is scored and kept; 0 keeps the weights."""
    patience: Annotated[int, Field(ge=0)] = 0
    """Stop after so many epochs without a better dev score; 0 never stops early."""
    checkpoint_steps: Annotated[int, Field(ge=0)] = 0
    """Also save the state every so many steps, for very long epochs; 0 saves it after each epoch only."""

    @field_validator("beta2")
    @classmethod
    def _comes_to_rest(cls, beta2: float, others: ValidationInfo) -> float:
        beta1 = others.data.get("beta1", 0.0)
        if beta2 <= beta1**2:
            raise PydanticCustomError("too_small", "must be above {least}, the square of beta1", {"least": beta1**2})
        return beta2


TABLES: Mapping[str, type[Section]] = {"tasks": TaskConfig, "given": GivenConfig, "corpora": MixedCorpusConfig}
"""Where one name of a configuration holds several tables of a kind."""


class Config(Section):
    """Everything that decides what model comes out of a corpus."""

    seed: Annotated[int, Field(ge=0, lt=2**31)] = 1
    output: str = ""
    """The model folder."""
    corpus: CorpusConfig = CorpusConfig()
    corpora: tuple[MixedCorpusConfig, ...] = ()
    """In place of `corpus`: several that are mixed."""
    tasks: Annotated[dict[TaskName, TaskConfig], Field(min_length=1)]
    given: dict[TaskName, GivenConfig] = Field(default_factory=dict)
    words: WordsConfig = WordsConfig()
    characters: CharactersConfig = CharactersConfig()
    shape: ShapeConfig = ShapeConfig()
    affixes: AffixesConfig = AffixesConfig()
    vectors: VectorsConfig = VectorsConfig()
    encoder: EncoderConfig = EncoderConfig()
    language_model: LanguageModelConfig = LanguageModelConfig()
    distillation: DistillationConfig = DistillationConfig()
    training: TrainingConfig = TrainingConfig()

    @field_validator("corpora")
    @classmethod
    def _in_its_place(
        cls, corpora: tuple[MixedCorpusConfig, ...], others: ValidationInfo
    ) -> tuple[MixedCorpusConfig, ...]:
        if corpora and others.data.get("corpus", CorpusConfig()) != CorpusConfig():
            raise PydanticCustomError(
                "conflict", "[corpus] and [[corpora]] cannot both be given: leave one of them out"
            )
        paths = [corpus.path for corpus in corpora]
        for path in paths:
            if paths.count(path) > 1:
                raise PydanticCustomError(
                    "conflict", "[[corpora]] has {path} twice: give it once, with a greater weight", {"path": path}
                )
        return corpora

    @property
    def corpus_paths(self) -> list[str]:
        """The folders of all corpora that it names."""
        return [corpus.path for corpus in self.corpora or (self.corpus,) if corpus.path]

    def to_toml(self) -> str:
        """The configuration as a TOML file that `load_config` reads back equal."""
        values = self.model_dump(mode="json")
        if not self.given:
            del values["given"]
        return tomli_w.dumps(values)

    @field_validator("given")
    @classmethod
    def _is_not_learned(cls, given: dict[str, GivenConfig], others: ValidationInfo) -> dict[str, GivenConfig]:
        for layer in given:
            if layer in others.data.get("tasks", {}):
                raise PydanticCustomError(
                    "learned_and_given", "'{layer}' is a task too, and cannot be learned and given", {"layer": layer}
                )
        return given
