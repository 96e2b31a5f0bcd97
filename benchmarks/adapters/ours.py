"""Ours: its accuracy by its own configuration, its speed as exported, in 8 bits, and run by TensorFlow."""

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.interfaces import (
    CORPUS,
    DEV,
    ROOT,
    TAGGER,
    AccuracyAdapter,
    Example,
    Job,
    RawTextAdapter,
    SpeedAdapter,
    as_line,
    run_tagger,
)

if TYPE_CHECKING:
    from tagger import Sentence


class Ours(AccuracyAdapter):
    """Ours, trained by its configuration."""

    title = "ours"
    takes_given = True

    def __init__(self, job: Job, folder: Path) -> None:
        import tagger

        self.model, self.task, self.given = tagger.load(job.model or folder / "model"), job.task, job.given

    @staticmethod
    def train(job: Job, folder: Path) -> None:
        run_tagger("train", job.config, "--corpus", job.records, "--output", folder / "model")

    def tag(self, sentences: Sequence[Example]) -> list[list[str]]:
        from tagger import Sentence

        names = (self.given,) if self.given else ()
        read = (Sentence.from_words(each.words, tags={name: each.given for name in names}) for each in sentences)
        return [list(tagged.tags[self.task]) for tagged in self.model.tag(read, scores=False)]


class OursFromRawText(RawTextAdapter[list["Sentence"]]):
    """Ours, trained by the configuration for any treebank, segmenter included."""

    title = "`tagger`"
    packages = ("onnxruntime",)
    seeded = True

    def __init__(self, folder: Path, language: str) -> None:
        import tagger

        self.model = tagger.load(folder / "model")

    @staticmethod
    def train(splits: Path, folder: Path, language: str, seed: int) -> None:
        config = ROOT / "configs" / "ud.toml"
        output = ["--output", folder / "model", "--overwrite"]  # also what an interrupted run has left
        run_tagger("train", config, "--corpus", splits, *output, "--set", f"seed={seed}")

    def tag(self, paragraphs: list[str]) -> list["Sentence"]:
        # As `tagger tag` does.
        return list(self.model.stream((text + "\n\n" for text in paragraphs), scores=False))

    def as_conllu(self, tagged: list["Sentence"]) -> str:
        from tagger.text.conllu import write_conllu

        return "".join(write_conllu(sentence, {"upos": "UPOS"}) for sentence in tagged)


class Float32(SpeedAdapter):
    """Ours: the exported model."""

    title = "ours"
    runtime = "onnx"

    def __init__(self, folder: Path, given_tokens: bool) -> None:
        import tagger

        self.model = tagger.load(folder, self.runtime)

    @staticmethod
    def train(corpus: Path, folder: Path) -> None:
        run_tagger("export", trained(corpus), "--output", folder, "--overwrite")

    @classmethod
    def first_sentence(cls, folder: Path, sentence: Path) -> list[str]:
        return [*TAGGER, "tag", str(sentence), "--model", str(folder), "--runtime", cls.runtime]

    def text(self, paragraphs: Iterable[str]) -> int:
        # As `tagger tag` does.
        return sum(map(len, self.model.stream((text + "\n\n" for text in paragraphs), scores=False)))

    def tokens(self, sentences: list[list[str]]) -> int:
        return sum(map(len, self.model.tag(sentences, scores=False)))

    def one(self, text: str) -> str:
        return as_line((token.text, token["upos"]) for sentence in self.model(text) for token in sentence)


class Int8(Float32):
    """Ours in 8 bits."""

    title = "ours, 8 bits"

    @staticmethod
    def train(corpus: Path, folder: Path) -> None:
        # After so short a training, 8 bits may lose more than a user would allow.
        measured = ["--corpus", corpus / "records", "--max-loss", 100]
        run_tagger("export", trained(corpus), "--int8", *measured, "--output", folder, "--overwrite")


class TensorFlow(Float32):
    """Ours, run by TensorFlow."""

    title = "ours, by TensorFlow"
    packages = ("tensorflow",)
    runtime = "tensorflow"

    @staticmethod
    def train(corpus: Path, folder: Path) -> None:
        shutil.copytree(trained(corpus), folder, ignore=unneeded, dirs_exist_ok=True)


def unneeded(folder: str, names: list[str]) -> set[str]:
    """Return the names in a model folder that TensorFlow does not need: ONNX files, and state for resuming."""
    return {name for name in names if name.endswith(".onnx") or name == "logs" or name.startswith(("last", "state"))}


def trained(corpus: Path) -> Path:
    """Return the model folder of our own network, trained at the first call."""
    records, model = corpus / "records", corpus / "trained"
    if not model.exists():
        splits = [f"train={corpus / CORPUS}", f"dev={corpus / DEV}"]
        run_tagger("convert", *splits, "--to", records, "--tasks", "upos=UPOS", "--overwrite")
        settings = ["--set", "encoder.units=200", "--set", "training.epochs=1"]
        config = ROOT / "configs" / "pos-ewt.toml"
        run_tagger("train", config, "--corpus", records, "--output", model, "--tasks", "upos", *settings)
    return model
