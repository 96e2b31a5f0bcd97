"""Tagging with ONNX Runtime: numpy and onnxruntime are all it needs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import accumulate, chain
from pathlib import Path
from threading import Lock

from tagger.errors import MissingPackageError, ModelError
from tagger.model.batching import Piece, batches
from tagger.model.folder import CHARACTERS_FILE, MODEL_FILE, ModelFolder
from tagger.model.tensor_names import (
    DISTINCT,
    GIVEN,
    LENGTHS,
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
from tagger.text.sentence import Tokenized, tags_of, words_of

try:
    import numpy as np
    import onnxruntime

    from tagger.model.transitions import Transitions
    from tagger.model.vector_table import FIRST_VECTOR, VECTORS
    from tagger.runtime.word_table import Spell, Table, Words
except ImportError as error:
    raise MissingPackageError(
        f"this command needs ONNX Runtime, which could not be imported ({error}): {install_line()}"
    ) from None

BATCH_TOKENS = 512
"""Padded tokens of a batch at most."""
DTYPES = {"tensor(int32)": np.int32, "tensor(float)": np.float32}

Take = Callable[[np.ndarray, dict[str, np.ndarray]], None]
"""What is done with a batch: given the places `[N]` of its tokens among all tokens, and their scores `[N, K]` of each
task. It is called from several threads, for different tokens."""


class OnnxPredictor:
    """A model folder's ONNX model with its vocabularies: sentences in, tags or scores out.

    Batches run side by side in `threads` threads, one each; by default there are as many as processors. Those who call
    at the same time share them.

    What was tried, with an LSTM of 200 units and characters, on two cores that had other work too, in thousand tokens
    a second, the best of five rounds, in 32 bits (8 bits): this, 96 (194); batches one after the other, each by ONNX
    Runtime's own two threads, 83 (129), and where these spin while they wait 89 (142), but far less in the median;
    one thread, 52 (131). In 8 bits and two calls at a time, medians of five on two quiet cores: batches of 256 and of
    512 tokens take as long, those of 1,024 a twentieth longer, of 2,048 a tenth.
    """

    def __init__(self, folder: ModelFolder, threads: int | None = None) -> None:
        self._threads, self._calls, self._counting = threads or available_processors(), 0, Lock()
        self._session = open_session(folder.path / MODEL_FILE)
        self._names = {task: np.array(vocabulary.entries, object) for task, vocabulary in folder.tags.items()}
        self._outputs = [SCORES + task for task in self._names]
        inputs = {each.name: each.shape for each in self._session.get_inputs()}
        self._spells = SPELLINGS in inputs
        self._given = {layer: vocabulary.ids for layer, vocabulary in folder.given.items()}
        self._forms = word_features_of(folder.settings)
        self._check(folder)
        self._transitions = self._learned()
        self._words = Words(
            folder.words,
            folder.characters,
            lowercase=folder.settings["words"]["lowercase"],
            max_length=folder.settings["characters"]["max_length"],
            forms=self._forms,
            spell=speller(folder.path / CHARACTERS_FILE)
            if self._forms.columns or self._reads_characters(folder)
            else None,
            vectors=folder.vectors,
            width=inputs[SPELLINGS][1] if self._spells else 0,
        )

    def predict(self, sentences: Sequence[Tokenized]) -> list[dict[str, list[str]]]:
        """For each sentence, the tags of each task, as long as the sentence."""
        ends = list(accumulate(map(len, sentences)))
        best = {task: np.zeros(ends[-1] if ends else 0, np.intp) for task in self._names}

        def take(places: np.ndarray, scores: dict[str, np.ndarray]) -> None:
            for task, of in scores.items():
                best[task][places] = of.argmax(axis=1)

        self._run(sentences, ends, take)
        tags = {task: self._names[task][columns].tolist() for task, columns in best.items()}
        return [
            {task: column[end - len(each) : end] for task, column in tags.items()}
            for each, end in zip(sentences, ends, strict=True)
        ]

    def scores(self, sentences: Sequence[Tokenized]) -> list[dict[str, np.ndarray]]:
        """For each sentence, the network's scores `[T, K]` of each task, float32, before any softmax; the columns are
        the task's tags in the order of its vocabulary."""
        ends = list(accumulate(map(len, sentences)))
        total = ends[-1] if ends else 0
        every = {task: np.zeros((total, len(names)), np.float32) for task, names in self._names.items()}

        def take(places: np.ndarray, scores: dict[str, np.ndarray]) -> None:
            for task, of in scores.items():
                every[task][places] = of

        self._run(sentences, ends, take)
        return [
            {task: of[end - len(each) : end] for task, of in every.items()}
            for each, end in zip(sentences, ends, strict=True)
        ]

    def transitions(self) -> dict[str, Transitions]:
        """What neighbouring tags add to the scores, of each task that was trained so."""
        return self._transitions

    def _run(self, sentences: Sequence[Tokenized], ends: Sequence[int], take: Take) -> None:
        """Run the network over all tokens; `ends` says where among them each sentence's end."""
        if not ends or not ends[-1]:
            return
        rows, table = self._words.rows(chain.from_iterable(map(words_of, sentences)), ends[-1])
        given = {GIVEN + layer: given_ids(sentences, layer, ids, ends[-1]) for layer, ids in self._given.items()}
        starts = [end - len(each) for each, end in zip(sentences, ends, strict=True)]
        every = list(batches(list(map(len, sentences)), BATCH_TOKENS))

        def run(batch: list[Piece]) -> None:
            take(*self._run_batch(batch, starts, rows, table, given))

        with self._share_of_threads() as threads:
            if threads == 1 or len(every) == 1:
                for batch in every:
                    run(batch)
                return
            # New threads cost nothing beside what they do, and none is there to be lost in a process that was forked.
            with ThreadPoolExecutor(threads, "tagger") as pool:
                list(pool.map(run, reversed(every)))  # the longest first, so that all end at about one time

    @contextmanager
    def _share_of_threads(self) -> Iterator[int]:
        """How many threads a call may use beside those that run already."""
        with self._counting:
            self._calls += 1
            threads = max(1, self._threads // self._calls)
        try:
            yield threads
        finally:
            with self._counting:
                self._calls -= 1

    def _run_batch(
        self,
        batch: list[Piece],
        starts: Sequence[int],
        rows: np.ndarray,
        table: Table,
        given: Mapping[str, np.ndarray],
    ) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """The places of the tokens that are tagged, and their scores."""
        begin, end, first, last = np.array([piece[1:] for piece in batch]).T[:, :, None]  # [B, 1] each
        start = np.array([starts[piece.sentence] for piece in batch])[:, None]
        positions = begin + np.arange((end - begin).max())  # [B, T], in the sentence
        real = positions < end
        distinct = np.zeros(positions.shape, np.int32)
        distinct[real] = rows[(start + positions)[real]]
        inputs = {WORDS: table.ids[distinct], LENGTHS: (end - begin)[:, 0].astype(np.int32)}
        if self._spells:
            inputs |= {DISTINCT: distinct, SPELLINGS: table.spellings}
        for name, ids in given.items():
            inputs[name] = np.zeros(positions.shape, np.int32)
            inputs[name][real] = ids[(start + positions)[real]]
        outputs = self._session.run(self._outputs, inputs)
        tagged = (first <= positions) & (positions < last)
        return (start + positions)[tagged], {task: of[tagged] for task, of in zip(self._names, outputs, strict=True)}

    def _learned(self) -> dict[str, Transitions]:
        """The transitions in the model, which it gives whatever it reads."""
        names = {each.name for each in self._session.get_outputs() if each.name.startswith(TRANSITIONS)}
        tasks = [task for task in self._names if transitions_output(task, "between") in names]
        nothing = {
            each.name: np.zeros([size if isinstance(size, int) else 1 for size in each.shape], DTYPES[each.type])
            for each in self._session.get_inputs()
        }
        return {
            task: Transitions(
                *self._session.run([transitions_output(task, part) for part in Transitions._fields], nothing)
            )
            for task in tasks
        }

    @staticmethod
    def _reads_characters(folder: ModelFolder) -> bool:
        return folder.settings["characters"]["encoder"] != "none"

    def _check(self, folder: ModelFolder) -> None:
        """Raise ModelError unless the model is of the folder's vocabularies."""
        about = self._session.get_modelmeta().custom_metadata_map
        outputs = {each.name: each.shape[-1] for each in self._session.get_outputs() if each.name.startswith(SCORES)}
        expected = {SCORES + task: len(names) for task, names in self._names.items()}
        sizes = {WORDS: str(len(folder.words))}
        if self._reads_characters(folder):
            sizes[SPELLED_CHARACTERS] = str(len(folder.characters))
        sizes |= {name: str(self._forms.vector_count(name)) for name in self._forms.columns}
        if folder.vectors:
            sizes[VECTORS] = str(FIRST_VECTOR + len(folder.vectors.words.entries))
        given = {each.name for each in self._session.get_inputs() if each.name.startswith(GIVEN)}
        sizes |= {GIVEN + layer: str(len(vocabulary)) for layer, vocabulary in folder.given.items()}
        differs = outputs != expected or given != {GIVEN + layer for layer in folder.given}
        if differs or any(about.get(key) != size for key, size in sizes.items()):
            raise ModelError(
                f"{folder.path / MODEL_FILE}: damaged, or of other vocabularies than the folder has; write it again "
                "with tagger export, or train again"
            )


def given_ids(sentences: Sequence[Tokenized], layer: str, ids: Mapping[str, int], count: int) -> np.ndarray:
    """The ids `[N]`, int32, of the tags of a layer that the `count` tokens of all sentences have already."""
    tags = chain.from_iterable(tags_of(sentence, layer) for sentence in sentences)
    return np.fromiter((ids.get(tag, UNKNOWN) for tag in tags), np.int32, count)


def speller(path: Path) -> Spell:
    """What the model in a file makes of words' forms, of those inputs that it reads."""
    session = open_session(path)
    read = [each.name for each in session.get_inputs()]
    return lambda ids: session.run([SPELLINGS], {name: ids[name] for name in read})[0]


def open_session(path: Path) -> onnxruntime.InferenceSession:
    """A model file, ready to run in the thread that calls it. Raises ModelError when it is missing or damaged."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what goes wrong is raised
    if not path.is_file():
        raise ModelError(f"{path}: there is no such file; write it again with tagger export, or train again")
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's own have no base but this
        reason = str(error).strip().splitlines()[0]
        raise ModelError(f"{path}: damaged ({reason}); write it again with tagger export, or train again") from None
