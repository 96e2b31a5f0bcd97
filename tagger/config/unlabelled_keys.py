"""The configuration of learning from text without annotation, and from teachers, who say what its tags are."""

from typing import Annotated, Any, Literal

from pydantic import Field

from tagger.config.section import Name, Section


class UnlabelledConfig(Section):
    """Unlabelled text: raw sentences that teachers tag, of which sure and useful ones are learned beside the corpus.

    `[distillation]` names the teachers. Their best tags, and their probabilities as soft targets, stand in for the
    annotation that the text lacks (self-training, Yarowsky 1995; with a larger teacher, Hinton et al. 2015).
    """

    text: tuple[Name, ...] = ()
    """Text files, compressed or not, folders, and patterns such as `"news/*.txt"`; empty learns from no text.
    They are read in this order."""
    soft_tags: tuple[Name, ...] = ()
    """Files of JSON lines with tokens and the probabilities of their tags, or with texts and their spans.
    Any other program may have made them. Files, folders and patterns, as for `text`. They need no teachers."""
    every_quote: bool = False
    """Whether a span of `soft_tags` that is quoted, without offsets, marks every place of its string.
    Otherwise a string that stands in several places must say which one is meant."""
    skip_refused: bool = False
    """Whether lines of `soft_tags` that are refused are left out and counted; otherwise the first is an error."""
    segmenter: str = ""
    """Model whose segmenter splits the text into sentences and words: the name of a shipped one, or a folder.
    Empty takes that of the first of `distillation.models`, otherwise the one that this model gets, otherwise NLTK's
    tokenizer."""
    max_tokens: Annotated[int, Field(ge=1)] = 120
    """Longest sentence that is kept, in words."""
    confidence: Annotated[float, Field(ge=0.0, le=1.0)] = 0.9
    """Least probability that the teachers, on average, must give the best tags of a sentence that is kept."""
    measure: Literal["mean", "least"] = "mean"
    """Whether `confidence` is compared with the `mean` of a sentence's tags, of all tasks, or with the `least` sure."""
    agreement: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0
    """Least share of the words of a sentence for which all teachers find the same tags most probable."""
    names: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0
    """Least share of the kept sentences that hold a span, such as a name; others are left out until they do.
    0 keeps sentences as they come. It is for tasks of spans."""
    sentences: Annotated[int, Field(ge=0)] = 0
    """Number of sentences to keep; what follows is not read. 0 reads all."""
    min_count: Annotated[int, Field(ge=0)] = 0
    """Words that the kept sentences have at least this often join the vocabulary, if the corpus lacks them; 0: none.
    Each costs `words.dimension` numbers in the model folder."""
    weight: Annotated[float, Field(gt=0.0, le=1000.0)] = 1.0
    """How many times an epoch reads each kept sentence, as in `[[corpora]]`."""
    gold_epochs: Annotated[int, Field(ge=0)] = 1
    """Epochs at the end that read the corpus alone, so that the annotation has the last word."""

    @property
    def is_used(self) -> bool:
        """Whether a model learns from any such text."""
        return bool(self.text or self.soft_tags)

    @property
    def choice(self) -> dict[str, Any]:
        """The settings that decide which sentences are kept; the others have their defaults."""
        settings = self.model_copy(update={"weight": 1.0, "gold_epochs": 1})
        return without_unused(settings.model_dump(mode="json"))


def without_unused(table: dict[str, Any]) -> dict[str, Any]:
    """Return the table `[unlabelled]` without the keys that earlier versions lack, where they are unused."""
    return {key: value for key, value in table.items() if value or key not in ("every_quote", "skip_refused")}
