"""What the output formats show of a tagged sentence."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tagger.text.sentence import Sentence


@dataclass(frozen=True)
class Layout:
    """What is written of each sentence, whatever the format."""

    tasks: Sequence[str]
    """The tasks whose tags are written, in this order."""
    span_tasks: Collection[str] = ()
    """The tasks whose tags make spans."""
    scores: bool = False
    """Whether the probability of each tag is written."""
    top: int = 0
    """How many of the most probable tags of each token are written with their probabilities; 0 writes none."""
    color: bool = False
    """Whether to use a terminal's colours."""
    file: str = ""
    """The file of the sentences, which formats for programs name; empty where there is only one."""

    def tasks_of(self, sentence: Sentence) -> list[str]:
        """Return those of the tasks that the sentence has."""
        return [task for task in self.tasks if task in sentence.tags]
