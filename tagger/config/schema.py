"""The configuration of a training run: every key, what it does, and which values it takes."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import tomli_w
from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from tagger.config.init_keys import InitConfig
from tagger.config.list_keys import ListConfig
from tagger.config.recurrent_keys import LayersConfig, OptimizerConfig
from tagger.config.rule_keys import RulesConfig
from tagger.config.section import Name, Section, Share, TaskName
from tagger.config.segmenter_keys import SegmenterConfig
from tagger.config.unlabelled_keys import UnlabelledConfig, without_unused
from tagger.config.word_inputs import (
    AffixesConfig,
    CharactersConfig,
    GivenConfig,
    ShapeConfig,
    VectorsConfig,
    WordsConfig,
)


class CorpusConfig(Section):
    """The corpus to train on."""

    path: str = ""
    """Folder of a corpus: records from `tagger convert`, or a recipe with its data.
    The recipe is `corpus.toml`, and the data stands beside it. `--corpus` on the command line replaces this key."""
    max_tokens: Annotated[int, Field(ge=0)] = 0
    """Longest training sentence, in tokens; 0 keeps all.
    Longer ones are left out and counted in the output. Dev and test keep all of their sentences."""


class MixedCorpusConfig(CorpusConfig):
    """One of several corpora to train on together, in place of `[corpus]`.

    Corpora may annotate different tasks: the loss of a task counts only the sentences that have its tags.
    """

    path: Name
    """Folder of the corpus, as in `[corpus]`."""
    weight: Annotated[float, Field(ge=0.0, le=1000.0)] = 1.0
    """How many times an epoch reads each training sentence of this corpus.
    2 reads each twice, 0.5 reads one half in this epoch and the other half in the next, 1.5 reads each once and half of
    them twice. With 0 the corpus is only scored, never learned from."""
    tasks: dict[TaskName, Name] = Field(default_factory=dict)
    """Which layers of the corpus are used, by task: `{ ner = "entities" }`.
    A list such as `["ner"]` stands for layers named like their task. Empty uses every layer that is named like a
    task."""
    tags: dict[TaskName, dict[Name, Name]] = Field(default_factory=dict)
    """Tags to rename, by task; for span tasks, labels.
    Under `[corpora.tags.ner]`, `GPE = "LOC"` turns these spans into locations and `MISC = "O"` drops them."""
    dev: bool = True
    """Whether the dev split of this corpus, if any, counts in the choice of the best epoch.
    The best epoch is the one with the best scores on dev."""

    @field_validator("tasks", mode="before")
    @classmethod
    def _names_to_table(cls, tasks: Any) -> Any:  # noqa: ANN401 (whatever the file has)
        is_list = isinstance(tasks, list | tuple) and all(isinstance(task, str) for task in tasks)
        return {task: task for task in tasks} if is_list else tasks


class TaskConfig(Section):
    """A task: one layer of tags to learn, such as `upos`.

    Tasks share everything but their output layer.
    """

    weight: Annotated[float, Field(gt=0.0)] = 1.0
    """Weight of this task's loss in the sum over tasks."""
    optional: bool = False
    """Leave the task out where no corpus has its tags; otherwise that is an error."""
    scheme: Literal["", "IOB2"] = ""
    """How the task's spans are written as tags; empty for plain tags.
    The scheme is filled in from the corpus."""
    decoder: Literal["softmax", "crf"] = "softmax"
    """How tags are chosen from scores: `softmax` or `crf`.
    `softmax` scores each tag on its own; `crf` is a linear-chain conditional random field (Lafferty et al. 2001), in
    which a tag depends on its neighbours. Either way, tagging never outputs a sequence that the scheme forbids."""
    miss_cost: Annotated[float, Field(ge=0.0)] = 0.0
    """Span tasks: cost of missing a token of a span.
    In training the cost is added to the score of `O` wherever `O` is wrong (softmax-margin, Gimpel & Smith 2010,
    with costs on the tokens of spans only), which raises recall and lowers precision. Try 0.5 to 4 where recall is far
    below precision, and less with teachers, which are trained with it too. Above 0, probabilities are no longer
    calibrated."""
    confusion_cost: Annotated[float, Field(ge=0.0)] = 0.0
    """Span tasks: cost of giving a token of a span any wrong tag other than `O`.
    In training the cost is added to the scores of those tags, as in `miss_cost`."""
    replace_spans: Share = 0.0
    """Span tasks: share of the training sentences in which each span becomes another one.
    The other span has the same label, comes from anywhere in train, and is drawn anew in each epoch (mention
    replacement, Dai & Adel 2020). Its words have their own tags of plain tasks and given layers. Left as they are: a
    sentence with tags of another span task, one that would be too long, and all sentences that have soft targets of
    teachers. At most one task may have this key."""


class EncoderConfig(LayersConfig):
    """The recurrent network over the words of a sentence."""

    bidirectional: bool = True
    """Read the sentence in both directions, each with its own cells.
    The outputs of both directions are put side by side."""
    stack: Literal["directions", "layers"] = "directions"
    """How bidirectional layers are stacked: `directions` or `layers`.
    `directions` stacks the layers of each direction on their own and joins the last outputs; with `layers`, each layer
    reads both directions of the layer below. The two differ only with two or more layers in two directions."""
    state_dropout: Share = 0.0
    """Dropout of the state from one step to the next, without an LSTM's memory.
    State dropout is fast only with `variational`, because the fused kernel cannot draw a new mask at each step."""
    variational: bool = False
    """Draw one dropout mask for all steps of a sentence (Gal & Ghahramani 2016).
    Otherwise each step draws a new mask."""
    pretrained: str = ""
    """Folder of a language model of words, from `tagger pretrain`, whose weights training begins with.
    Its words, characters, shapes, affixes and encoder must have the same settings. Words that it knows stay known when
    tagging, also those that train lacks. `[pretrained]` says how fast they change. Empty begins at random."""


class PretrainedConfig(Section):
    """How training changes the embeddings and recurrent weights that it began with.

    They are those of a language model (`encoder.pretrained`) or of another tagger (`init.model`).
    """

    learning_rate: Annotated[float, Field(ge=0.0)] = 0.0
    """Highest learning rate of these weights; 0 takes half of `training.learning_rate`.
    With few sentences, a quarter is better."""
    frozen_epochs: Annotated[int, Field(ge=0)] = 0
    """Epochs at the start in which these weights do not change, so that the output layers learn first."""


class LanguageModelConfig(Section):
    """A language model as a second training objective (Rei 2017).

    The encoder also learns to predict each word from the words before it and from the words after it. The objective
    needs no annotation, and the language model is not part of the finished model.
    """

    weight: Annotated[float, Field(ge=0.0)] = 0.0
    """Weight of the language model's loss beside those of the tasks; 0 leaves it out."""
    words: Annotated[int, Field(ge=1)] = 2000
    """Number of words to predict: the most frequent of train.
    All other words are predicted as one class."""
    units: Annotated[int, Field(ge=1)] = 50
    """Units of the hidden layer between the encoder and the prediction."""


class DistillationConfig(Section):
    """Distillation: a model learns from teachers, which are trained first.

    Teachers have the model's settings and corpus, but other seeds. The model then learns the average of their
    probabilities (soft targets) beside the gold tags, which say less and are sometimes wrong (Hinton et al. 2015;
    Furlanello et al. 2018). The finished model is no larger or slower than without.
    """

    teachers: Annotated[int, Field(ge=0, le=1000)] = 0
    """Number of teachers; 0 trains none."""
    models: tuple[Name, ...] = ()
    """Further teachers: model folders, or names of shipped models, of any size, that have the tasks of this one."""
    other_tags: Literal["refuse", "drop"] = "refuse"
    """What is done where one of `models` has other tags of a task than the corpus: `refuse` is an error.
    `drop` takes the tags that both have: what it gives to others is shared among these, and tags that it lacks have
    the probability 0."""
    weight: Annotated[float, Field(gt=0.0, le=1.0)] = 0.9
    """Weight of the soft targets in each task's loss; the gold tags have the rest, up to 1."""
    epochs: Annotated[int, Field(ge=0)] = 0
    """Epochs of each teacher; 0 means as many as the model itself.
    The model can usually be trained for more epochs than its teachers before it overfits."""


class TrainingConfig(OptimizerConfig):
    """The training loop: epochs, batches and the optimizer."""

    epochs: Annotated[int, Field(ge=1)] = 10
    """Number of passes over the training split.
    The best epoch on dev is kept; the last, where dev has no tags."""
    batch_size: Annotated[int, Field(ge=1)] = 32
    """Sentences in a batch, of all workers together."""
    batch_tokens: Annotated[int, Field(ge=0)] = 0
    """Largest number of tokens in a batch, padding included; 0 counts sentences instead.
    This key takes the place of `batch_size` and bounds memory where sentences are long. A sentence longer than this is
    a batch of its own."""
    pool: Annotated[int, Field(ge=1)] = 50
    """Number of batches whose sentences are sorted by length together.
    More batches mean less padding and less randomness."""
    shuffle_buffer: Annotated[int, Field(ge=1)] = 20000
    """Size of the shuffle buffer, in sentences.
    The next sentence is drawn at random from this many."""
    label_smoothing: Share = 0.0
    """Share of the target probability that is spread over all tags of a task.
    The share is taken from the gold tag and spread evenly (Szegedy et al. 2016). Label smoothing applies to tasks with
    the softmax decoder only: a CRF scores whole sequences of tags, most of which the scheme forbids."""
    lowercase_rate: Share = 0.0
    """Share of the sentences of a training step that are read in lower case.
    Both words and characters are lower-cased, so that the model also copes with headlines and chat. Each epoch draws
    other sentences; evaluation and tagging read text as it is."""
    average: Share = 0.0
    """Decay of an exponential moving average (EMA) of the weights; 0 keeps the weights.
    The average is scored and kept in place of the weights themselves: 0.998 averages over about the last 500 steps."""
    patience: Annotated[int, Field(ge=0)] = 0
    """Stop early after this many epochs without a better score on dev; 0 never does."""
    checkpoint_steps: Annotated[int, Field(ge=0)] = 0
    """Save the state that `--resume` continues from after this many steps too.
    0 saves the state after each epoch only."""


NAMED_TABLES: Mapping[str, type[Section]] = {
    "tasks": TaskConfig,
    "given": GivenConfig,
    "lists": ListConfig,
    "corpora": MixedCorpusConfig,
}
"""Keys of the configuration that hold several tables of one kind, with that kind.
Examples are `[tasks.NAME]` and `[[corpora]]`."""


class Config(Section):
    """The whole configuration.

    Together with the corpus, the configuration determines the model.
    """

    seed: Annotated[int, Field(ge=0, lt=2**31)] = 1
    """Seed of every random number.
    The same seed, configuration and corpus give the same model."""
    output: str = ""
    """Model folder to write. `--output` on the command line takes its place."""
    corpus: CorpusConfig = CorpusConfig()
    corpora: tuple[MixedCorpusConfig, ...] = ()
    """Several corpora to train on together, in place of `corpus`."""
    tasks: Annotated[dict[TaskName, TaskConfig], Field(min_length=1)]
    """The tasks to learn, by name; at least one."""
    given: dict[TaskName, GivenConfig] = Field(default_factory=dict)
    lists: dict[TaskName, ListConfig] = Field(default_factory=dict)
    words: WordsConfig = WordsConfig()
    characters: CharactersConfig = CharactersConfig()
    shape: ShapeConfig = ShapeConfig()
    affixes: AffixesConfig = AffixesConfig()
    vectors: VectorsConfig = VectorsConfig()
    encoder: EncoderConfig = EncoderConfig()
    init: InitConfig = InitConfig()
    pretrained: PretrainedConfig = PretrainedConfig()
    language_model: LanguageModelConfig = LanguageModelConfig()
    distillation: DistillationConfig = DistillationConfig()
    unlabelled: UnlabelledConfig = UnlabelledConfig()
    segmenter: SegmenterConfig = SegmenterConfig()
    rules: RulesConfig = RulesConfig()
    training: TrainingConfig = TrainingConfig()

    @field_validator("init")
    @classmethod
    def _check_begins_once(cls, init: InitConfig, others: ValidationInfo) -> InitConfig:
        encoder = others.data.get("encoder")
        if init.model and encoder is not None and encoder.pretrained:
            raise PydanticCustomError(
                "conflict",
                "init.model (--init) and encoder.pretrained cannot both be given: leave one of them out",
            )
        return init

    @field_validator("pretrained")
    @classmethod
    def _check_begins_with_a_model(cls, pretrained: PretrainedConfig, others: ValidationInfo) -> PretrainedConfig:
        encoder, init = others.data.get("encoder"), others.data.get("init")
        if pretrained != PretrainedConfig() and encoder and init and not (encoder.pretrained or init.model):
            raise PydanticCustomError(
                "conflict",
                "[pretrained] goes with encoder.pretrained, the folder of a language model, or with init.model, that "
                "of a tagger: give one of them too",
            )
        return pretrained

    @field_validator("corpora")
    @classmethod
    def _check_corpora(
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
        """Folders of all corpora that the configuration names."""
        return [corpus.path for corpus in self.corpora or (self.corpus,) if corpus.path]

    def to_toml(self) -> str:
        """Return the configuration as the text of a TOML file; `load_config` reads it back equal."""
        values = self.model_dump(mode="json")
        for name in ("given", "lists"):
            if not values[name]:
                del values[name]
        for name, unused in (("init", InitConfig()), ("rules", RulesConfig())):
            if getattr(self, name) == unused:
                del values[name]
        values["unlabelled"] = without_unused(values["unlabelled"])
        for task in values["tasks"].values():
            if not task["replace_spans"]:
                del task["replace_spans"]
        return tomli_w.dumps(values)

    @field_validator("given")
    @classmethod
    def _check_not_learned(cls, given: dict[str, GivenConfig], others: ValidationInfo) -> dict[str, GivenConfig]:
        for layer in given:
            if layer in others.data.get("tasks", {}):
                raise PydanticCustomError(
                    "learned_and_given", "'{layer}' is a task too, and cannot be learned and given", {"layer": layer}
                )
        return given
