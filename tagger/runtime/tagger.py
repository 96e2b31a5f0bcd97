"""The tagger itself: text or sentences in, tagged sentences out."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tagger.errors import ConfigError, DataError, MissingPackageError, ModelError
from tagger.model.folder import ModelFolder, open_model
from tagger.model.shipped_models import find_model
from tagger.packages import install_line
from tagger.processors import available_processors
from tagger.runtime.side_by_side import read_ahead
from tagger.runtime.windows import in_turn
from tagger.text.sentence import Sentence, Tokenized

if TYPE_CHECKING:
    import numpy as np

    from tagger.model.transitions import Transitions

RUNTIMES = ("auto", "onnx", "tensorflow")

WINDOWS_AT_ONCE = 3
"""Windows of sentences that are worked on at a time where there are threads for it. Measured in 8 bits on two quiet
cores, in thousand tokens a second: one 156, two 170, three 177."""


class Predictor(Protocol):
    """What runs the network: over the words of sentences, and the tags that they have already where it was trained to
    read some. Any number of threads may use it."""

    def predict(self, sentences: Sequence[Tokenized]) -> list[dict[str, list[str]]]:
        """For each sentence, the tags of each task, as long as the sentence."""

    def scores(self, sentences: Sequence[Tokenized]) -> list[dict[str, "np.ndarray"]]:
        """For each sentence, the network's scores `[T, K]` of each task, float32, before any softmax."""

    def transitions(self) -> Mapping[str, "Transitions"]:
        """What neighbouring tags add to the scores, of each task that was trained so."""


class Tagger:
    """A trained model that tags text and sentences. Any number of threads may use it.

    A tagger that `load` returned can be pickled: it is loaded again where it is unpickled.

    `schemes` maps each task to the scheme of its spans, None for plain tags; `tags` are each task's tags in the order
    of the network's scores. `knows` tells whether a word has an embedding of its own, and `given` names the layers of
    tags that the model reads beside the words. `windows_at_once` windows of sentences are tagged in parallel.
    """

    def __init__(
        self,
        predictor: Predictor,
        schemes: Mapping[str, str | None],
        tags: Mapping[str, Sequence[str]],
        knows: Callable[[str], bool],
        *,
        given: Sequence[str] = (),
        windows_at_once: int = 1,
        loaded_from: tuple[str, str, int | None] | None = None,
    ) -> None:
        from tagger.runtime.decode import Decoder

        self._predictor, self._decoder, self._loaded_from = predictor, Decoder(tags, schemes), loaded_from
        self._windows_at_once = windows_at_once
        self.schemes, self.tags, self.knows, self.given = dict(schemes), dict(tags), knows, tuple(given)

    @classmethod
    def from_folder(
        cls,
        folder: ModelFolder,
        predictor: Predictor,
        *,
        windows_at_once: int = 1,
        loaded_from: tuple[str, str, int | None] | None = None,
    ) -> "Tagger":
        """A tagger that runs `predictor` with the tasks, tags and vocabulary of a model folder.

        `windows_at_once` windows of sentences are tagged in parallel. `loaded_from` are the arguments of `load` that
        make the same tagger again: without them it cannot be pickled.
        """
        return cls(
            predictor,
            folder.schemes,
            {task: vocabulary.entries for task, vocabulary in folder.tags.items()},
            folder.knows,
            given=tuple(folder.given),
            windows_at_once=windows_at_once,
            loaded_from=loaded_from,
        )

    def __reduce__(self) -> tuple[Callable[..., "Tagger"], tuple[str, str, int | None]]:
        if self._loaded_from is None:
            raise ModelError("only a model that was loaded from its folder can be pickled: save it, and load it")
        return load, self._loaded_from

    @property
    def tasks(self) -> tuple[str, ...]:
        """The names of the model's tasks."""
        return tuple(self.schemes)

    @property
    def span_tasks(self) -> tuple[str, ...]:
        """Those of them whose tags make spans."""
        return tuple(task for task, scheme in self.schemes.items() if scheme)

    def __call__(self, text: str, *, scores: bool = True) -> list[Sentence]:
        """The sentences of a plain text, tagged; offsets count its characters."""
        from tagger.text.tokenize import tokenize

        if not isinstance(text, str):
            raise DataError(f"a text is one string, not {type(text).__name__}; lists of words go to tag()")
        self.check_takes_text()
        return list(self._in_windows(tokenize(text), scores, overlap=True, waits=False))

    def stream(self, lines: Iterable[str], *, scores: bool = True, overlap: bool = True) -> Iterator[Sentence]:
        """Tag a text that comes as lines (their line breaks included), while it comes, in bounded memory.

        A paragraph is tagged when the blank line after it has come. All else is as in `tag`.
        """
        from tagger.text.tokenize import tokenize_stream

        self.check_takes_text()
        yield from self._in_windows(tokenize_stream(lines), scores, overlap, waits=not isinstance(lines, Sequence))

    def tag(self, sentences: Iterable[Tokenized], *, scores: bool = True, overlap: bool = True) -> Iterator[Sentence]:
        """Tag sentences that are tokenized already, lists of words or Sentences, in order and while they come.

        The model's tasks replace what a Sentence held of them; its other tags stay. A model that reads tags (`given`)
        finds them there, and reads a sentence without, such as a list of words, as one of unknown tags. Without
        `scores` the sentences keep no probabilities. With `overlap` the sentences are read in a thread of its own, a
        few thousand ahead of the network, and what has come is tagged as soon as no more comes; without, each window is
        read in the caller's thread when it is due. What the iterable raises comes out after the sentences before it.
        Raises DataError for what is no sentence.
        """
        yield from self._in_windows(map(as_sentence, sentences), scores, overlap, not isinstance(sentences, Sequence))

    def check_takes_text(self) -> None:
        """Raise DataError where the model reads tags that a plain text does not have."""
        if self.given:
            layers = " and ".join(f"'{layer}'" for layer in self.given)
            raise DataError(
                f"this model reads {layers} of each token, which a plain text does not have: give it annotated "
                "sentences, in Python as Sentences to tag(), on the command line as files with --from"
            )

    def windows(
        self, sentences: Iterable[Tokenized], *, scores: bool = True, overlap: bool = True, waits: bool = True
    ) -> Iterator[list[Sentence]]:
        """As `tag`, but all sentences at once that were tagged together; `waits` tells that the iterable may have to
        wait for something."""
        whole, tag = map(as_sentence, sentences), partial(self._tagged, scores=scores)
        if not overlap:
            return (tag(window) for window in in_turn(whole))
        return read_ahead(whole, tag, waits=waits, threads=self._windows_at_once)

    def _in_windows(
        self, sentences: Iterable[Sentence], scores: bool, overlap: bool, waits: bool
    ) -> Iterator[Sentence]:
        with closing(self.windows(sentences, scores=scores, overlap=overlap, waits=waits)) as windows:
            for window in windows:
                yield from window

    def _tagged(self, window: Sequence[Sentence], scores: bool) -> list[Sentence]:
        learned = self._predictor.transitions()
        if scores or learned or self._decoder.has_rules:
            return list(self._decoder.decode(window, self._predictor.scores(window), learned, keep=scores))
        tagged = self._predictor.predict(window)
        return [sentence.with_predictions(tags, {}) for sentence, tags in zip(window, tagged, strict=True)]


def as_sentence(given: Tokenized) -> Sentence:
    """The Sentence of a list of words. Raises DataError for what is neither."""
    if isinstance(given, Sentence):
        return given
    if isinstance(given, (str, bytes)):
        raise DataError(f"a sentence is a list of words, not a string: give {given[:50]!r} to model() or stream()")
    try:
        return Sentence.from_words(given)
    except TypeError as error:
        raise DataError(f"a sentence is a list of words, each a string: {str(given)[:50]} is none ({error})") from None


def load(path: Path | str | None = None, runtime: str = "auto", threads: int | None = None) -> Tagger:
    """Load a model folder, or a model that comes with the install by its name; without either, the English one.

    `runtime` is what runs the network: `onnx`, `tensorflow`, or `auto`, the first where the folder has a model for it.
    It uses `threads` threads, by default as many as there are processors. Raises ModelError when there is no such
    model, when its folder is not whole, or has nothing for this runtime.
    """
    folder = open_model(find_model(path))
    source = (str(folder.path.absolute()), runtime, threads)
    predictor = predictor_of(folder, runtime, threads)
    at_once = 1 if (threads or available_processors()) == 1 else WINDOWS_AT_ONCE
    return Tagger.from_folder(folder, predictor, windows_at_once=at_once, loaded_from=source)


def predictor_of(folder: ModelFolder, runtime: str = "auto", threads: int | None = None) -> Predictor:
    """What runs the folder's network."""
    if runtime not in RUNTIMES:
        raise ConfigError(f"there is no runtime '{runtime}'; there are {', '.join(RUNTIMES)}")
    if threads is not None and threads < 1:
        raise ConfigError(f"threads = {threads}: give 1 or more")
    if runtime == "onnx" or (runtime == "auto" and folder.has_onnx):
        try:
            from tagger.runtime.onnx_predictor import OnnxPredictor
        except ImportError as error:
            raise MissingPackageError(
                f"tagging needs ONNX Runtime, which could not be imported ({error}): {install_line()}, or use "
                "the runtime 'tensorflow'"
            ) from None
        return OnnxPredictor(folder, threads)
    from tagger.network.saved_weights import load_predictor

    return load_predictor(folder, threads)
