"""The tagger itself: text or sentences in, tagged sentences out."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Protocol

from tagger.runtime.folder import ModelFolder, open_model
from tagger.text.sentence import Sentence

WINDOW = 1024
"""Sentences that are read ahead, so that those of similar length can be tagged together."""


class Predictor(Protocol):
    """What runs the network."""

    def predict(self, sentences: Sequence[Sequence[str]]) -> list[dict[str, list[str]]]:
        """For each sentence of words, the tags of each task, as long as the sentence."""


class Tagger:
    """A trained model. `schemes` names its tasks, each with the scheme of its spans or None for plain tags; `tags` are
    those it can give; `knows` says of a word whether it has an embedding of its own."""

    def __init__(
        self,
        predictor: Predictor,
        schemes: Mapping[str, str | None],
        tags: Mapping[str, Collection[str]],
        knows: Callable[[str], bool],
    ) -> None:
        self._predictor = predictor
        self.schemes, self.tags, self.knows = dict(schemes), dict(tags), knows

    @property
    def tasks(self) -> tuple[str, ...]:
        """The names of the model's tasks."""
        return tuple(self.schemes)

    def __call__(self, text: str) -> list[Sentence]:
        """The sentences of a plain text, tagged; offsets count its characters."""
        from tagger.text.tokenize import tokenize

        return list(self.tag(tokenize(text)))

    def stream(self, lines: Iterable[str]) -> Iterator[Sentence]:
        """Tag a text that comes as lines (their line breaks included), while it comes, in bounded memory."""
        from tagger.text.tokenize import tokenize_stream

        return self.tag(tokenize_stream(lines))

    def tag(self, sentences: Iterable[Sentence | Sequence[str]]) -> Iterator[Sentence]:
        """Tag sentences that are tokenized already, lists of words or Sentences, in order and while they come.

        The model's tasks replace what a Sentence held of them; its other tags stay.
        """
        whole = (each if isinstance(each, Sentence) else Sentence.from_words(each) for each in sentences)
        while window := list(islice(whole, WINDOW)):
            predicted = self._predictor.predict([sentence.words for sentence in window])
            for sentence, tags in zip(window, predicted, strict=True):
                for task, column in tags.items():
                    sentence = sentence.with_tags(task, column)
                yield sentence


def load(path: Path | str) -> Tagger:
    """Load a model folder. Raises ModelError when it is not whole."""
    folder = open_model(Path(path))
    tags = {task: vocabulary.entries for task, vocabulary in folder.tags.items()}
    return Tagger(predictor_of(folder), folder.schemes, tags, folder.knows)


def predictor_of(folder: ModelFolder) -> Predictor:
    """What runs the folder's network: ONNX Runtime where the folder has a model for it, else TensorFlow."""
    if folder.has_onnx:
        from tagger.runtime.onnx import OnnxPredictor

        return OnnxPredictor(folder)

    from tagger.training.saved import load_predictor

    return load_predictor(folder)
