"""Running a model folder's network in ONNX Runtime, with no other package than NumPy."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import accumulate, chain
from pathlib import Path
from threading import Lock

from tagger.errors import MissingPackageError, ModelError, TaggerError
from tagger.model.batching import Piece, batches
from tagger.model.folder import CHARACTERS_FILE, MODEL_FILE, ModelFolder, check_onnx_files
from tagger.model.tensor_names import (
    DISTINCT,
    GIVEN,
    LENGTHS,
    LISTS,
    SCORES,
    SPELLED_CHARACTERS,
    SPELLINGS,
    TRANSITIONS,
    WORDS,
    transitions_output,
)
from tagger.model.vocabulary import UNKNOWN
from tagger.model.word_features import word_features_of
from tagger.packages import install_line
from tagger.processors import available_processors
from tagger.silence import disable_telemetry
from tagger.text.sentence import Tokenized, tags_of, words_of

disable_telemetry()
try:
    import numpy as np
    import onnxruntime

    from tagger.model.finite import check_finite
    from tagger.model.name_lists import MARKS
    from tagger.model.transitions import Transitions
    from tagger.model.vector_table import VECTORS
    from tagger.runtime.external_tensors import has_external_tensors
    from tagger.runtime.word_table import Spell, WordRows, WordTable
except ImportError as error:
    raise MissingPackageError(
        f"this command needs ONNX Runtime, which could not be imported ({error}): {install_line()}"
    ) from None

BATCH_TOKENS = 512
"""Most padded tokens of a batch."""
DTYPES = {"tensor(int32)": np.int32, "tensor(float)": np.float32}
"""NumPy's types of the inputs, by ONNX Runtime's names."""

_TakeScores = Callable[[np.ndarray, dict[str, np.ndarray]], None]
"""Takes the scores `[N, K]` of each task for the tokens of a batch, and their places `[N]` among all tokens. Several
threads call it, for different tokens."""


class OnnxPredictor:
    """A model folder's ONNX model and vocabularies: sentences in, tags or scores out.

    Each of `threads` threads, by default one for each processor, runs one batch at a time. Calls at the same time share
    the threads.

    Alternatives measured with an LSTM of 200 units and characters, on two cores with other work, in thousand tokens a
    second, best of five rounds, 32-bit (8-bit) weights: as it is, 96 (194); one batch at a time on two threads of ONNX
    Runtime, 83 (129), or 89 (142) where these spin while waiting, but far less in the median; one thread, 52 (131).
    With 8-bit weights and two calls at a time, medians of five on two quiet cores: batches of 256 and 512 tokens are
    equally fast, batches of 1,024 take a twentieth longer, of 2,048 a tenth.
    """

    def __init__(self, folder: ModelFolder, threads: int | None = None, *, batch_tokens: int = BATCH_TOKENS) -> None:
        """A batch has at most `batch_tokens` padded tokens."""
        self._batch_tokens = batch_tokens
        self._threads, self._calls, self._calls_lock = threads or available_processors(), 0, Lock()
        check_onnx_files(folder)
        self._path = folder.path / MODEL_FILE
        self._session = _open_session(folder.path / MODEL_FILE)
        self._tags = {task: np.array(vocabulary.entries, object) for task, vocabulary in folder.tags.items()}
        self._outputs = [SCORES + task for task in self._tags]
        inputs = {each.name: each.shape for each in self._session.get_inputs()}
        self._reads_spellings = SPELLINGS in inputs
        self._given = {layer: vocabulary.ids for layer, vocabulary in folder.given.items()}
        self._lists = folder.lists
        self._features = word_features_of(folder.settings)
        with _damaged(folder.path / MODEL_FILE):
            self._check(folder)
            self._transitions = self._learned_transitions()
        reads_words = bool(self._features.columns) or _reads_characters(folder)
        self._words = WordRows(
            folder.words,
            folder.characters,
            lowercase=folder.settings["words"]["lowercase"],
            max_length=folder.settings["characters"]["max_length"],
            features=self._features,
            spell=_speller(folder.path / CHARACTERS_FILE) if reads_words else None,
            vectors=folder.vectors,
            width=inputs[SPELLINGS][1] if self._reads_spellings else 0,
        )

    def predict(self, sentences: Sequence[Tokenized]) -> list[dict[str, list[str]]]:
        """The best tags of each task, one for each token, of every sentence."""
        tags = {task: self._tags[task][columns].tolist() for task, columns in self.best_columns(sentences).items()}
        ends = accumulate(map(len, sentences))
        return [
            {task: column[end - len(each) : end] for task, column in tags.items()}
            for each, end in zip(sentences, ends, strict=True)
        ]

    def best_columns(self, sentences: Sequence[Tokenized]) -> dict[str, np.ndarray]:
        """The columns `[N]` of the best tags of each task, for the tokens of all sentences one after the other."""
        ends = list(accumulate(map(len, sentences)))
        best = {task: np.zeros(ends[-1] if ends else 0, np.intp) for task in self._tags}

        def take(places: np.ndarray, scores: dict[str, np.ndarray]) -> None:
            for task, by_token in scores.items():
                best[task][places] = by_token.argmax(axis=1)

        self._run(sentences, ends, take)
        return best

    def scores(self, sentences: Sequence[Tokenized]) -> list[dict[str, np.ndarray]]:
        """The scores `[T, K]` of each task, float32, before any softmax, of every sentence.

        The columns are the task's tags in the order of its vocabulary.
        """
        ends = list(accumulate(map(len, sentences)))
        total = ends[-1] if ends else 0
        every = {task: np.zeros((total, len(tags)), np.float32) for task, tags in self._tags.items()}

        def take(places: np.ndarray, scores: dict[str, np.ndarray]) -> None:
            for task, by_token in scores.items():
                every[task][places] = by_token

        self._run(sentences, ends, take)
        return [
            {task: by_token[end - len(each) : end] for task, by_token in every.items()}
            for each, end in zip(sentences, ends, strict=True)
        ]

    def transitions(self) -> dict[str, Transitions]:
        """The learned transitions of each task that has some."""
        return self._transitions

    def _run(self, sentences: Sequence[Tokenized], ends: Sequence[int], take: _TakeScores) -> None:
        """Run the network over all tokens, in batches.

        `ends` are the places after the last token of each sentence, counted over all tokens.
        """
        if not ends or not ends[-1]:
            return
        rows, table = self._words.rows(chain.from_iterable(map(words_of, sentences)), ends[-1])
        given = {GIVEN + layer: _given_ids(sentences, layer, ids, ends[-1]) for layer, ids in self._given.items()}
        if self._lists:  # of whole sentences, because a piece may cut a name
            marks = self._lists.marks(chain.from_iterable(map(words_of, sentences)), list(map(len, sentences)))
            given |= {f"{GIVEN}{LISTS}{name}": column for name, column in marks.items()}
        starts = [end - len(each) for each, end in zip(sentences, ends, strict=True)]
        every = list(batches(list(map(len, sentences)), self._batch_tokens))

        def run(batch: list[Piece]) -> None:
            take(*self._run_batch(batch, starts, rows, table, given))

        with self._share_of_threads() as threads:
            if threads == 1 or len(every) == 1:
                for batch in every:
                    run(batch)
                return
            # Starting threads costs little beside their work, and a forked process would lack threads that are kept.
            with ThreadPoolExecutor(threads, "tagger") as pool:
                list(pool.map(run, reversed(every)))  # the longest first, so that all threads end together

    @contextmanager
    def _share_of_threads(self) -> Iterator[int]:
        """Yield the number of threads that a call may use beside the calls that run already."""
        with self._calls_lock:
            self._calls += 1
            threads = max(1, self._threads // self._calls)
        try:
            yield threads
        finally:
            with self._calls_lock:
                self._calls -= 1

    def _run_batch(
        self,
        batch: list[Piece],
        starts: Sequence[int],
        rows: np.ndarray,
        table: WordTable,
        given: Mapping[str, np.ndarray],
    ) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Run a batch: places `[N]` of its tagged tokens, and their scores `[N, K]` of each task.

        Places are counted over all tokens of all sentences.
        """
        begin, end, first, last = np.array([piece[1:] for piece in batch]).T[:, :, None]  # [B, 1] each
        start = np.array([starts[piece.sentence] for piece in batch])[:, None]
        positions = begin + np.arange((end - begin).max())  # [B, T], in the sentence
        real = positions < end  # not padding
        distinct = np.zeros(positions.shape, np.int32)
        distinct[real] = rows[(start + positions)[real]]
        inputs = {WORDS: table.ids[distinct], LENGTHS: (end - begin)[:, 0].astype(np.int32)}
        if self._reads_spellings:
            inputs |= {DISTINCT: distinct, SPELLINGS: table.spellings}
        for name, ids in given.items():
            inputs[name] = np.zeros(positions.shape, np.int32)
            inputs[name][real] = ids[(start + positions)[real]]
        tagged = (first <= positions) & (positions < last)
        with _damaged(self._path):
            outputs = self._session.run(self._outputs, inputs)
            scores = {task: output[tagged] for task, output in zip(self._tags, outputs, strict=True)}
        for by_token in scores.values():
            check_finite(by_token)
        return (start + positions)[tagged], scores

    def _learned_transitions(self) -> dict[str, Transitions]:
        """The transitions in the model, whose outputs do not depend on its inputs."""
        names = {each.name for each in self._session.get_outputs() if each.name.startswith(TRANSITIONS)}
        tasks = [task for task in self._tags if transitions_output(task, "between") in names]
        zeros = {
            each.name: np.zeros([size if isinstance(size, int) else 1 for size in each.shape], DTYPES[each.type])
            for each in self._session.get_inputs()
        }
        found = {
            task: Transitions(
                *self._session.run([transitions_output(task, part) for part in Transitions._fields], zeros)
            )
            for task in tasks
        }
        for task, transitions in found.items():
            tags = len(self._tags[task])
            if [each.shape for each in transitions] != [(tags,), (tags, tags), (tags,)]:
                raise ValueError(f"the transitions of '{task}' are not those of its {tags} tags")
            for scores in transitions:
                check_finite(scores)
        return found

    def _check(self, folder: ModelFolder) -> None:
        """Raise ModelError unless the model fits the folder's vocabularies."""
        about = self._session.get_modelmeta().custom_metadata_map
        outputs = {each.name: each.shape[-1] for each in self._session.get_outputs() if each.name.startswith(SCORES)}
        expected = {SCORES + task: len(names) for task, names in self._tags.items()}
        sizes = {WORDS: str(len(folder.words))}
        if _reads_characters(folder):
            sizes[SPELLED_CHARACTERS] = str(len(folder.characters))
        sizes |= {name: str(self._features.vector_count(name)) for name in self._features.columns}
        if folder.vectors:
            sizes[VECTORS] = str(folder.vectors.size)
        given = {each.name for each in self._session.get_inputs() if each.name.startswith(GIVEN)}
        layers = {GIVEN + layer: str(len(vocabulary)) for layer, vocabulary in folder.given.items()}
        if folder.lists:
            layers |= dict.fromkeys((f"{GIVEN}{LISTS}{name}" for name in folder.lists.by_type), str(MARKS))
        sizes |= layers
        differs = outputs != expected or given != layers.keys()
        if differs or any(about.get(key) != size for key, size in sizes.items()):
            raise ModelError(
                f"{folder.path / MODEL_FILE}: damaged, or of other vocabularies than the folder has; write it again "
                "with tagger export, or train again"
            )


def _reads_characters(folder: ModelFolder) -> bool:
    return bool(folder.settings["characters"]["encoder"] != "none")


def _given_ids(sentences: Sequence[Tokenized], layer: str, ids: Mapping[str, int], count: int) -> np.ndarray:
    """The ids `[N]`, int32, of the tags that all tokens have in a layer; `count` is N."""
    tags = chain.from_iterable(tags_of(sentence, layer) for sentence in sentences)
    return np.fromiter((ids.get(tag, UNKNOWN) for tag in tags), np.int32, count)


def _speller(path: Path) -> Spell:
    """A function that makes spelling vectors with the model in a file."""
    session = _open_session(path)
    read = [each.name for each in session.get_inputs()]

    def spell(ids: Mapping[str, np.ndarray]) -> np.ndarray:
        with _damaged(path):
            vectors: np.ndarray = session.run([SPELLINGS], {name: ids[name] for name in read})[0]
        return vectors

    return spell


def _open_session(path: Path) -> onnxruntime.InferenceSession:
    """Open a model file, to run in the calling thread alone.

    Raises ModelError when the file is missing or damaged.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4  # errors are raised, not logged
    if not path.is_file():
        raise ModelError(f"{path}: there is no such file; write it again with tagger export, or train again")
    with _damaged(path):
        model = path.read_bytes()
        if has_external_tensors(model):
            raise ValueError("it keeps numbers in other files, which a model folder may not do")
        # Without the fallback, which prints what went wrong to standard output and tries the same again.
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"], enable_fallback=0)


@contextmanager
def _damaged(path: Path) -> Iterator[None]:
    """Turn any error inside the block into a ModelError that names the model file."""
    try:
        yield
    except (TaggerError, MemoryError):
        raise
    except Exception as error:  # ONNX Runtime's own errors have no other base class
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelError(f"{path}: damaged ({reason}); write it again with tagger export, or train again") from None
