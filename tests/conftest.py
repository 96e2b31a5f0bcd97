"""What several test files share: real corpora, and a tiny corpus with a model that was trained on it once."""

import fcntl
import importlib
import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tagger.processors import share_processors

share_processors()  # as in a process of its own, so that both round alike

# Nothing is timed in a test: a busy machine is no failure.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

SHARED = Path(__file__).resolve().parents[2] / "shared"

SETTINGS: Mapping[str, Any] = {
    "tasks": {"upos": {}, "ner": {}},
    "words": {"dimension": 8},
    "characters": {"dimension": 4, "filters": 4},
    "encoder": {"units": 8, "dropout": 0.2},
    "training": {"epochs": 12, "batch_size": 4, "learning_rate": 0.05, "average": 0.5},
}

SUBJECTS = ["Ada/PROPN/B-PER", "Ada/PROPN/B-PER Lovelace/PROPN/I-PER", "The/DET/O dog/NOUN/O", "She/PRON/O"]
VERBS = ["sees/VERB/O", "likes/VERB/O", "left/VERB/O"]
OBJECTS = [
    "Paris/PROPN/B-LOC",
    "a/DET/O cat/NOUN/O",
    "New/PROPN/B-LOC York/PROPN/I-LOC",
    "the/DET/O old/ADJ/O tree/NOUN/O",
]


@pytest.fixture(scope="session")
def made_once(tmp_path_factory) -> Callable[[str, Callable[[Path], object]], Path]:
    """Makes a folder of this name once for all processes of pytest-xdist: the first fills it, the others wait."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def make(name: str, fill: Callable[[Path], object]) -> Path:
        folder, whole = shared / f"once-{name}", shared / f"once-{name}.whole"
        with (shared / f"once-{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not whole.exists():
                shutil.rmtree(folder, ignore_errors=True)  # where another process has failed
                folder.mkdir()
                fill(folder)
                whole.touch()
        return folder

    return make


@pytest.fixture
def import_from(monkeypatch) -> Iterator[Callable[[Path, str], ModuleType]]:
    """Imports a module of a folder of scripts, by its name; it and those that it imports are forgotten afterwards."""
    before = dict(sys.modules)
    folders = set()

    def import_script(folder: Path, name: str) -> ModuleType:
        monkeypatch.syspath_prepend(str(folder))
        folders.add(str(folder))
        return importlib.import_module(name)

    yield import_script
    for name in sys.modules.keys() - before.keys():
        file = getattr(sys.modules[name], "__file__", "") or ""
        if any(folder in file for folder in folders):
            del sys.modules[name]


@pytest.fixture(scope="session")
def shared_corpora() -> Path:
    """The folder of real corpora beside the checkout; skips where it is missing."""
    folder = SHARED / "corpora"
    if not folder.is_dir():
        pytest.skip(f"real corpora are not here: {folder} is missing")
    return folder


def columns(first: int, count: int) -> str:
    """Some of the sentences that subjects, verbs and objects make, a token a row: word, part of speech, entity."""
    made = [f"{subject} {verb} {what} ./PUNCT/O" for what in OBJECTS for verb in VERBS for subject in SUBJECTS]
    chosen = (made[7 * number % len(made)] for number in range(first, first + count))
    return "".join(sentence.replace(" ", "\n").replace("/", "\t") + "\n\n" for sentence in chosen)


@pytest.fixture(scope="session")
def tiny_files(tmp_path_factory) -> dict[str, Path]:
    """Column files (token, upos, ner) of 20 sentences of train, 6 of dev and 6 of test."""
    folder = tmp_path_factory.mktemp("files")
    files = {}
    for split, first, count in (("train", 0, 20), ("dev", 20, 6), ("test", 26, 6)):
        files[split] = folder / f"{split}.tsv"
        files[split].write_text(columns(first, count), encoding="utf-8")
    return files


@pytest.fixture(scope="session")
def tiny_corpus(tiny_files, made_once) -> Path:
    """A corpus folder made of them."""
    from tagger.corpus.convert import convert

    columns = ["token", "upos", "ner"]
    return made_once("corpus", lambda folder: convert(tiny_files, folder / "tiny", columns=columns)) / "tiny"


@pytest.fixture(scope="session")
def tiny_config(tmp_path_factory) -> Path:
    """A configuration that learns both tasks in a few seconds."""
    from tagger.config.load import check_config

    path = tmp_path_factory.mktemp("config") / "tiny.toml"
    path.write_text(check_config(SETTINGS, "SETTINGS").to_toml(), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def tiny_model(tiny_corpus, tiny_config, made_once) -> Path:
    """The folder of a model that was trained on the tiny corpus. Leave it as it is."""
    from tagger.config.load import load_config
    from tagger.corpus.read import open_corpus
    from tagger.training.train import train

    config = load_config(tiny_config)
    return made_once("model", lambda folder: train(config, [open_corpus(tiny_corpus)], folder / "tiny")) / "tiny"


@pytest.fixture(scope="session")
def given_model(tiny_corpus, made_once) -> Path:
    """The folder of a model of the tiny corpus that finds entities, given parts of speech. Leave it as it is."""
    from tagger.config.load import check_config
    from tagger.corpus.read import open_corpus
    from tagger.training.train import train

    config = check_config({**SETTINGS, "tasks": {"ner": {}}, "given": {"upos": {"dimension": 6}}}, "settings")
    return made_once("given", lambda folder: train(config, [open_corpus(tiny_corpus)], folder / "given")) / "given"


RAW_SETTINGS: Mapping[str, Any] = {
    **SETTINGS,
    "tasks": {"upos": {}},
    "training": {**SETTINGS["training"], "epochs": 4},
    "segmenter": {
        **{
            "dimension": 8,
            "filters": 4,
            "units": 8,
            "dropout": 0.2,
            "window": 16,
            "copies": 4,
            "least_windows": 0,
            "batch_size": 4,
        },
        **{"epochs": 10, "learning_rate": 0.02, "line_breaks": 0.3, "apostrophes": 0.3},
    },
}


def conllu(first: int, count: int) -> str:
    """Some made sentences in CoNLL-U, in paragraphs of three; every second one has the token `don't` of two words."""
    made = [(subject, verb, what) for what in OBJECTS for verb in VERBS for subject in SUBJECTS]
    lines = []
    for number in range(first, first + count):
        subject, verb, what = made[7 * number % len(made)]
        cells = [word.split("/")[:2] for part in (subject, verb, what) for word in part.split()]
        verb_at = len(subject.split())
        if number % 2:
            cells[verb_at:verb_at] = [["do", "AUX"], ["n't", "PART"]]
        if number % 5 == 0:
            cells += [[",", "PUNCT"], ["too", "ADV"]]
        cells.append([".!?"[number % 3], "PUNCT"])
        lines += ["# newpar"] * (number % 3 == 0)
        for at, (word, tag) in enumerate(cells, start=1):
            if number % 2 and at == verb_at + 1:
                lines.append(f"{at}-{at + 1}\tdon't" + "\t_" * 8)
            space = "SpaceAfter=No" if at < len(cells) and cells[at][1] == "PUNCT" else "_"
            lines.append(f"{at}\t{word}\t_\t{tag}" + "\t_" * 5 + f"\t{space}")
        lines.append("")
    return "".join(line + "\n" for line in lines)


@pytest.fixture(scope="session")
def treebank(tmp_path_factory) -> Path:
    """A folder as a treebank has it: CoNLL-U files, with white space, of 60 sentences of train, 12 of dev and test."""
    folder = tmp_path_factory.mktemp("treebank") / "UD_English-Made"
    folder.mkdir()
    for split, first, count in (("train", 0, 60), ("dev", 60, 12), ("test", 72, 12)):
        (folder / f"en_made-ud-{split}.conllu").write_text(conllu(first, count), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def raw_settings() -> Mapping[str, Any]:
    """Settings with which a tagger and its segmenter are trained on the treebank in some seconds."""
    return RAW_SETTINGS


@pytest.fixture(scope="session")
def raw_model(treebank, made_once) -> Path:
    """The folder of a model with a segmenter, trained on the treebank. Leave it as it is."""
    from tagger.config.load import check_config
    from tagger.corpus.read import open_corpora
    from tagger.training.train import train

    config = check_config(RAW_SETTINGS, "RAW_SETTINGS")
    with open_corpora([treebank]) as corpora:
        return made_once("raw", lambda folder: train(config, corpora, folder / "raw")) / "raw"


CHARACTERS: Mapping[str, Any] = {
    "text": {"unit": "character", "held_out": 0.1},
    "characters": {"dimension": 8},
    "encoder": {"cell": "gru", "units": 16, "layers": 1, "dropout": 0.0},
    "training": {"epochs": 4, "batch_size": 4, "steps": 10, "learning_rate": 0.05},
}


@pytest.fixture(scope="session")
def character_settings() -> Mapping[str, Any]:
    """Settings with which a character language model is trained in some seconds."""
    return CHARACTERS


@pytest.fixture(scope="session")
def character_files(tmp_path_factory) -> tuple[Path, Path]:
    """The configuration of a character language model as a file, and a text of alternating characters."""
    from tagger.config.load import check_pretraining_config

    folder = tmp_path_factory.mktemp("characters")
    config, text = folder / "characters.toml", folder / "abab.txt"
    config.write_text(check_pretraining_config(CHARACTERS, "CHARACTERS").to_toml(), encoding="utf-8")
    text.write_text("ab" * 400, encoding="utf-8")
    return config, text


@pytest.fixture(scope="session")
def character_model(character_files, made_once) -> Path:
    """The folder of a language model of the text of alternating characters. Leave it as it is."""
    from tagger.config.load import load_pretraining_config
    from tagger.pretraining.pretrain import pretrain

    config, text = load_pretraining_config(character_files[0]), str(character_files[1])
    return made_once("characters", lambda folder: pretrain(config, [text], folder / "abab", say=print)) / "abab"


WORDS: Mapping[str, Any] = {
    "text": {"unit": "word", "held_out": 0.1},
    "words": {"dimension": 8, "lowercase": True, "unknown_rate": 0.0},
    "characters": {"dimension": 4, "filters": 4, "widths": [2]},
    "encoder": {"units": 12, "dropout": 0.0},
    "training": {"epochs": 6, "batch_size": 16, "samples": 20, "learning_rate": 0.05},
}


@pytest.fixture(scope="session")
def word_model_settings() -> Mapping[str, Any]:
    """Settings with which a language model of words is trained in some seconds."""
    return WORDS


@pytest.fixture(scope="session")
def pets(tmp_path_factory) -> Path:
    """A text of two sentences, which come in turn a hundred times."""
    path = tmp_path_factory.mktemp("pets") / "pets.txt"
    path.write_text("The cat sat.\nA dog ran.\n\n" * 100, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def word_language_model(pets, made_once) -> Path:
    """The folder of a language model of the two sentences. Leave it as it is."""
    from tagger.config.load import check_pretraining_config
    from tagger.pretraining.pretrain import pretrain

    config = check_pretraining_config(WORDS, "WORDS")
    return made_once("word-model", lambda folder: pretrain(config, [str(pets)], folder / "pets", say=print)) / "pets"


@pytest.fixture(scope="session")
def assert_same_weights() -> Callable[[Path, Path], None]:
    """Asserts that all variables of both folders' weights and last states are bitwise equal."""
    import json

    import numpy as np

    from tagger.backend import tf

    def compare(one: Path, other: Path) -> None:
        last = json.loads((one / "checkpoint" / "state.json").read_text(encoding="utf-8"))["checkpoint"]
        for name in ("weights", last):
            readers = [tf.train.load_checkpoint(str(folder / "checkpoint" / name)) for folder in (one, other)]
            names = [sorted(reader.get_variable_to_shape_map()) for reader in readers]
            assert names[0] == names[1]
            for variable in names[0]:
                if variable != "_CHECKPOINTABLE_OBJECT_GRAPH":
                    pair = (reader.get_tensor(variable) for reader in readers)
                    np.testing.assert_array_equal(*pair, err_msg=variable)

    return compare


@pytest.fixture
def stopped_before_save(monkeypatch) -> Callable[[int, Callable[[], object]], list[int]]:
    """Stops a run right before its n-th save, and returns the steps in the epoch of all n saves."""

    def stop(number: int, run: Callable[[], object]) -> list[int]:
        from tagger.training.state import Checkpoints

        save, saves = Checkpoints.save, []

        def save_or_stop(self, state):
            saves.append(state.step_in_epoch)
            if len(saves) == number:
                raise KeyboardInterrupt
            save(self, state)

        with monkeypatch.context() as patched:
            patched.setattr(Checkpoints, "save", save_or_stop)
            with pytest.raises(KeyboardInterrupt):
                run()
        return saves

    return stop


@pytest.fixture
def small_chunks(monkeypatch) -> None:
    """Cuts text into chunks of a tenth of their usual size, so that a tenth of it gives several processes work."""
    for name, size in (("CHUNK_CHARACTERS", 20_000), ("LONG_PARAGRAPH", 10_000), ("CHUNK_TOKENS", 1_600)):
        monkeypatch.setattr(f"tagger.tagging.chunks.{name}", size)


@dataclass(frozen=True)
class Outcome:
    """What a command gave: its exit code, and what it wrote."""

    code: int
    out: str
    err: str


@pytest.fixture
def tagger(capsys) -> Callable[..., Outcome]:
    """Runs the command line in this process: `tagger("eval", model, corpus)`."""

    def run(*arguments: object) -> Outcome:
        from tagger.cli import main

        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Outcome(stop.value.code or 0, captured.out, captured.err)

    return run


@pytest.fixture(scope="session")
def read_html() -> Callable[[str], Any]:
    """Reads HTML of tagged sentences back: `Reader` of html_reader.py."""
    spec = importlib.util.spec_from_file_location("html_reader", Path(__file__).parent / "html_reader.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["html_reader"] = module  # where its dataclasses look for themselves
    spec.loader.exec_module(module)
    return module.Reader


@pytest.fixture(scope="session")
def clean_environment() -> dict[str, str]:
    """The environment for a command in a process of its own, without what a test run may have set."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "PYTHONWARNINGS"))}
