"""The keys of a configuration for a model that begins as another one: fine-tuning, and rehearsal against forgetting."""

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from tagger.config.section import Name, Section, Share, TaskName


class InitConfig(Section):
    """Fine-tuning: training begins with the vocabularies and weights of a finished model.

    Words, characters and tags that only the corpora have are added, and tasks that only they have get an output layer
    of their own. `[words]`, `[characters]`, `[shape]`, `[affixes]` and `[encoder]` must be those of the model;
    `[pretrained]` says how fast its embeddings and recurrent weights change.
    """

    model: str = ""
    """Model folder, or name of a shipped model such as `english`, that training begins with; empty begins at random.
    `--init` on the command line takes its place."""
    rehearsal: Share = 0.0
    """Share of the sentences of an epoch that come from `text`, as the model tags them, so that it does not forget.
    Above 0, the model also labels in the corpora what these leave open: tasks and labels of spans that it knows and a
    corpus lacks. 0 labels nothing, and tasks that no corpus has are dropped (Robins 1995; Li & Hoiem 2016)."""
    text: tuple[Name, ...] = ()
    """Text of the kind that the model was made for: files, compressed or not, folders, and patterns.
    As many sentences are read as `rehearsal` needs for all epochs; the model's segmenter splits them."""
    keep: tuple[TaskName, ...] = ()
    """Tasks of the model that rehearsal keeps although no corpus is used for them; empty keeps all of them."""
    max_tokens: Annotated[int, Field(ge=1)] = 120
    """Longest sentence of `text` that is used, in words."""

    @field_validator("rehearsal")
    @classmethod
    def _check_has_a_model(cls, rehearsal: float, others: ValidationInfo) -> float:
        if rehearsal and not others.data.get("model"):
            raise PydanticCustomError("conflict", "init.rehearsal goes with init.model (--init), which labels: give it")
        return rehearsal

    @field_validator("text", "keep")
    @classmethod
    def _check_rehearses(cls, names: tuple[str, ...], others: ValidationInfo) -> tuple[str, ...]:
        if names and not others.data.get("rehearsal"):
            raise PydanticCustomError(
                "conflict", "init.text and init.keep are for rehearsal: set init.rehearsal, such as 0.2, too"
            )
        return names
