"""`Tagger`: text or sentences in, tagged sentences out; and `load`, which makes one."""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tagger.errors import DataError, ModelError
from tagger.model.folder import ModelFolder, copy_model, open_model
from tagger.model.score_settings import MinScore, TaskSettings, with_choice
from tagger.model.shipped_models import find_model
from tagger.processors import available_processors
from tagger.runtime.given_sentence import as_sentence
from tagger.runtime.read_ahead import read_ahead
from tagger.runtime.runtimes import Predictor, predictor_of
from tagger.runtime.text_readers import segmenter_of
from tagger.runtime.windows import in_turn
from tagger.text.sentence import Sentence, Tokenized

if TYPE_CHECKING:
    from tagger.model.transitions import Transitions
    from tagger.runtime.segmenter import Segmenter
    from tagger.runtime.tag_arrays import TagArrays, WindowArrays
    from tagger.text.rules import Rule
    from tagger.text.tokenize import TextReader

WINDOWS_AT_ONCE = 3
"""Windows of sentences tagged in parallel, where there is more than one thread. Measured with 8-bit weights on two
quiet cores, in thousand tokens a second: one window 156, two 170, three 177."""


_Source = tuple[str, str, int | None, bool, MinScore, float | None]
"""The arguments of `load` that make a tagger again."""


class Tagger:
    """A trained model that tags text and sentences. Any number of threads may use it.

    A tagger that `load` returned can be pickled: it is loaded again where it is unpickled.

    `schemes` maps each task to the scheme of its spans, None for plain tags; `tags` are each task's tags in the order
    of the network's scores. `knows` tells whether a word has an embedding of its own, and `given` names the layers of
    tags that the model reads beside the words. `windows_at_once` windows of sentences are tagged in parallel. Raw text
    is split by the `segmenter`, where the model has one, otherwise by NLTK's tokenizer. `score_settings` has the
    temperature and the thresholds of each task that has some.
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
        loaded_from: _Source | None = None,
        segmenter: "Segmenter | None" = None,
        score_settings: TaskSettings | None = None,
    ) -> None:
        from tagger.runtime.decode import Decoder

        self.score_settings = dict(score_settings or {})
        self._predictor, self._loaded_from = predictor, loaded_from
        self._decoder = Decoder(tags, schemes, self.score_settings)
        self._windows_at_once, self._segmenter, self._with_marks = windows_at_once, segmenter, no_marks
        self.schemes, self.tags, self.knows, self.given = dict(schemes), dict(tags), knows, tuple(given)

    @classmethod
    def from_folder(
        cls,
        folder: ModelFolder,
        predictor: Predictor,
        *,
        windows_at_once: int = 1,
        loaded_from: _Source | None = None,
        segmenter: "Segmenter | None" = None,
        score_settings: TaskSettings | None = None,
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
            segmenter=segmenter,
            score_settings=folder.score_settings if score_settings is None else score_settings,
        )

    def __reduce__(self) -> tuple[Callable[..., "Tagger"], _Source]:
        if self._loaded_from is None:
            raise ModelError(
                "only a model that was loaded from its folder can be pickled, and not one made from it by with_rules "
                "or with_segmenter: pickle that one, or put the rules into its folder"
            )
        return load, self._loaded_from

    @property
    def transitions(self) -> "Mapping[str, Transitions]":
        """The transitions that decide on the best tags of each task, learned or of its scheme; none for free tags."""
        return self._decoder.transitions(self._predictor.transitions())

    def with_segmenter(self, segmenter: "Segmenter | None") -> "Tagger":
        """Return the same tagger with another segmenter, or with NLTK's tokenizer; it cannot be pickled."""
        return self._changed(_segmenter=segmenter)

    def with_rules(
        self,
        rules: "Path | str | Iterable[Rule]",
        *,
        min_score: MinScore = None,
        outside_penalty: float | None = None,
    ) -> "Tagger":
        """Return the same tagger with rules, of a file or given, before those that it has; it cannot be pickled.

        `min_score` and `outside_penalty` are as in `tagger.load`, for the labels of the rules too. Raises ConfigError
        for rules that are wrong, or do not fit the model's tasks.
        """
        from tagger.runtime.ruled_predictor import ruled_predictor, with_marks

        network, settings = self._predictor, self.score_settings
        predictor = ruled_predictor(rules, network, self.tags, self.schemes, settings, min_score, outside_penalty)
        tags, settings = predictor.tags, predictor.settings
        return self._changed(
            _predictor=predictor, _decoder=predictor.decoder, tags=tags, score_settings=settings, _with_marks=with_marks
        )

    @property
    def rules(self) -> "tuple[Rule, ...]":
        """The rules beside the network, in the order in which they decide."""
        return getattr(self._predictor, "rules", ())

    def _changed(self, **attributes: object) -> "Tagger":
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__, _loaded_from=None)
        other.__dict__.update(attributes)
        return other

    @property
    def folder(self) -> Path | None:
        """The model folder that the tagger was loaded from; None where it was not loaded from one."""
        return Path(self._loaded_from[0]) if self._loaded_from else None

    def save(self, folder: Path | str) -> None:
        """Copy the model folder to `folder`, where nothing may be yet. Raises ModelError where that cannot be done."""
        if self.folder is None:
            raise ModelError(
                "only a model that was loaded from its folder can be saved, and not one made from it by with_rules or "
                "with_segmenter: save that one, and put the rules into its folder"
            )
        copy_model(self.folder, Path(folder))

    @property
    def tasks(self) -> tuple[str, ...]:
        """The names of the model's tasks."""
        return tuple(self.schemes)

    @property
    def span_tasks(self) -> tuple[str, ...]:
        """The names of the tasks whose tags mark spans."""
        return tuple(task for task, scheme in self.schemes.items() if scheme)

    def __call__(self, text: str, *, scores: bool = True) -> list[Sentence]:
        """Tag a plain text: its sentences, whose offsets count the characters of the text."""
        if not isinstance(text, str):
            raise DataError(f"a text is one string, not {type(text).__name__}; lists of words go to tag()")
        self.check_takes_text()
        return list(self._in_windows(self.readers()["text"]([text], 0), scores, overlap=True, waits=False))

    def tag_arrays(self, texts: str | Sequence[str], *, scores: bool = False) -> "TagArrays":
        """Tag a plain text, or several, without making objects: arrays of the words' offsets and tags.

        The sentences, words and tags of one text are those that calling the model with it gives, and so are their
        probabilities, which are left out unless `scores`. Several texts are tagged together, which is faster where they
        are short; with 8-bit weights scores then depend slightly on the other texts.
        """
        from tagger.runtime.tag_arrays import counted, joined_arrays, window_arrays

        self.check_takes_text()
        by_text: Iterable[Iterable[Sentence]]
        if isinstance(texts, str):
            by_text = [self.readers()["text"]([texts], 0)]
        elif all(isinstance(text, str) for text in texts):
            by_text = self.sentences_of(texts)
        else:
            raise DataError("a text is one string; sentences that are lists of words go to tag()")
        sizes: list[int] = []
        learned = self._predictor.transitions()

        def tag(window: list[Sentence]) -> "WindowArrays":
            found = self._predictor.scores(window)
            best = self._decoder.best(found, learned)
            return window_arrays(window, best, self._decoder.probabilities(found, learned, best) if scores else {})

        with closing(read_ahead(counted(by_text, sizes), tag, waits=False, threads=self._windows_at_once)) as windows:
            return joined_arrays(windows, sizes, self.tags)

    def stream(self, lines: Iterable[str], *, scores: bool = True, overlap: bool = True) -> Iterator[Sentence]:
        """Tag a text that arrives as lines, with their line breaks, in bounded memory.

        A paragraph is tagged when the blank line after it arrives. `scores` and `overlap` are as in `tag`.
        """
        self.check_takes_text()
        waits = not isinstance(lines, Sequence)
        yield from self._in_windows(self.readers(waits=waits)["text"](lines, 0), scores, overlap, waits=waits)

    @property
    def has_segmenter(self) -> bool:
        """Whether the model has a segmenter of its own, which splits raw text into sentences and words."""
        return self._segmenter is not None

    def readers(self, *, waits: bool = False) -> Mapping[str, "TextReader"]:
        """Return the functions that split plain text into sentences, by the way they read it (`TEXT_READERS`).

        `waits` tells that the text may have to wait, for a terminal or a network.
        """
        if self._segmenter:
            return self._segmenter.readers(waits=waits)
        from tagger.text.tokenize import TEXT_READERS

        return TEXT_READERS

    def sentences_of(self, texts: Sequence[str]) -> Iterator[list[Sentence]]:
        """Yield the sentences of each text, untagged; offsets count from the beginning of the text."""
        if self._segmenter:
            return self._segmenter.sentences_of(texts)
        from tagger.text.tokenize import tokenize

        return (list(tokenize(text)) for text in texts)

    def tag(self, sentences: Iterable[Tokenized], *, scores: bool = True, overlap: bool = True) -> Iterator[Sentence]:
        """Tag tokenized sentences, lists of words or Sentences, in order and while they arrive.

        Tags of the model's tasks replace those that a Sentence has; its other tags stay. A model that reads tags
        (`given`) takes them from the Sentence; where they are missing, as in a list of words, they count as unknown.
        Without `scores` the sentences keep no probabilities.

        With `overlap` a background thread reads up to a few thousand sentences ahead of the network, and sentences are
        tagged at once when no more arrive. Without, each window is read in the caller's thread when it is due. An error
        of the iterable is raised after the sentences before it. Raises DataError for an item that is not a sentence.
        """
        yield from self._in_windows(map(as_sentence, sentences), scores, overlap, not isinstance(sentences, Sequence))

    def check_takes_text(self) -> None:
        """Raise DataError where the model reads tags, which a plain text does not have."""
        if self.given:
            layers = " and ".join(f"'{layer}'" for layer in self.given)
            raise DataError(
                f"this model reads {layers} of each token, which a plain text does not have: give it annotated "
                "sentences, in Python as Sentences to tag(), on the command line as files with --from"
            )

    def windows(
        self, sentences: Iterable[Tokenized], *, scores: bool = True, overlap: bool = True, waits: bool = True
    ) -> Generator[list[Sentence], None, None]:
        """Tag sentences as `tag` does, and yield those that were tagged together as a window.

        `waits` tells that the iterable may have to wait, for a terminal or a network.
        """
        checked, tag = map(as_sentence, sentences), partial(self._tagged, scores=scores)
        if not overlap:
            return (tag(window) for window in in_turn(checked))
        return read_ahead(checked, tag, waits=waits, threads=self._windows_at_once)

    def _in_windows(
        self, sentences: Iterable[Sentence], scores: bool, overlap: bool, waits: bool
    ) -> Iterator[Sentence]:
        with closing(self.windows(sentences, scores=scores, overlap=overlap, waits=waits)) as windows:
            for window in windows:
                yield from window

    def _tagged(self, window: Sequence[Sentence], scores: bool) -> list[Sentence]:
        learned = self._predictor.transitions()
        if scores or learned or self._decoder.has_rules or self.rules:
            found = self._predictor.scores(window)
            return list(self._with_marks(self._decoder.decode(window, found, learned, keep=scores), found))
        tagged = self._predictor.predict(window)
        return [sentence.with_predictions(tags, {}) for sentence, tags in zip(window, tagged, strict=True)]


def load(
    path: Path | str | None = None,
    runtime: str = "auto",
    threads: int | None = None,
    trust_code: bool = False,
    min_score: MinScore = None,
    outside_penalty: float | None = None,
    *,
    check: bool = True,
) -> Tagger:
    """Load a model folder, or an installed model by its name; by default the English one.

    `path` may also be a zip file or a wheel that `tagger package` wrote, or the https address of one with its checksum:
    `https://example.org/shop-1.0.0.zip#sha256=…`. Both are unpacked into the user's cache.

    `runtime` runs the network: `onnx`, `tensorflow`, or `auto` for ONNX Runtime where the folder has a model for it. It
    uses `threads` threads, by default one for each processor.

    Spans with a probability below `min_score` are left out: one number, or one for each label, such as
    `{"PER": 0.9, "*": 0.5}`. `outside_penalty` is subtracted from the score of words outside of spans, so that more
    spans are found. By default both are what `tagger threshold` has chosen for the model, if anything; 0 is neither.

    A model folder is data: loading it runs none of its maker's code. A model whose cell is of another package is
    refused unless `trust_code`, with which that package is imported. Every file is compared with the folder's
    manifest; leave that out with `check=False` where it was done before. Raises ModelError when there is no such model,
    when its folder is damaged or not whole, or has nothing for this runtime.
    """
    folder = open_model(find_model(path), trust_code=trust_code, check=check)
    source = (str(folder.path.absolute()), runtime, threads, trust_code, min_score, outside_penalty)
    if folder.is_segmenter:
        from tagger.runtime.segmenter import NoTasks

        segmenter = segmenter_of(folder, threads)
        return Tagger(NoTasks(), {}, {}, folder.knows, loaded_from=source, segmenter=segmenter)
    settings = with_choice(
        folder.score_settings,
        {task: each.entries for task, each in folder.tags.items()},
        folder.schemes,
        None if folder.has_rules else min_score,  # the rules may have other labels
        None if folder.has_rules else outside_penalty,
    )
    predictor = predictor_of(folder, runtime, threads)
    windows_at_once = 1 if (threads or available_processors()) == 1 else WINDOWS_AT_ONCE
    tagger = Tagger.from_folder(
        folder,
        predictor,
        windows_at_once=windows_at_once,
        loaded_from=source,
        segmenter=segmenter_of(folder, threads),
        score_settings=settings,
    )
    if not folder.has_rules:
        return tagger
    from tagger.runtime.ruled_predictor import rules_of

    ruled = tagger.with_rules(rules_of(folder), min_score=min_score, outside_penalty=outside_penalty)
    return ruled._changed(_loaded_from=source)


def no_marks(sentences: Iterable[Sentence], scores: object) -> Iterable[Sentence]:
    """Return the sentences as they are: no rule has decided on them."""
    return sentences
