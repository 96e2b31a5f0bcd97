"""Ours: its accuracy by its own configuration, its speed as exported, in 8 bits, and run by TensorFlow."""

import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from names import Name, three_types

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
from adapters.shipped_interface import PythonTextSystem, Read, Tagged, WordSystem, folder_size

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


class Shipped(WordSystem, PythonTextSystem):
    """Ours as it ships: one of the models that come with the install."""

    packages = ("rnn-tagger",)

    def __init__(self, model: str, tasks: Sequence[str]) -> None:
        self.model_name, self.title = model, f"`tagger`, `{model}`"
        self.layers = tuple("names" if task == "ner" else task for task in tasks if task in ("upos", "xpos", "ner"))

    def load(self, folder: Path) -> None:
        import tagger

        self.model = tagger.load(self.model_name)

    def size(self, folder: Path) -> int:
        from tagger.model.shipped_models import find_model

        return folder_size(find_model(self.model_name))

    def heading(self) -> str:
        return self.title  # its version stands with the machine

    def installed(self, folder: Path) -> int:
        from importlib.metadata import distribution

        import tagger

        package = Path(tagger.__file__).parent
        is_editable = not any(path.match("tagger/__init__.py") for path in distribution("rnn-tagger").files or ())
        whole = super().installed(folder) + (folder_size(package) if is_editable else 0)
        return whole - folder_size(package / "model" / "shipped") + self.size(folder)  # of the models only this one

    def first_sentence(self, name: str, folder: Path, text: Path) -> list[str]:
        # -P: the installed package, not that of the folder in which the benchmark was started
        return [sys.executable, "-P", *TAGGER[1:], "tag", str(text), "--model", self.model_name]

    def tag(self, sentences: Sequence[list[str]]) -> list[Tagged]:
        return [
            Tagged(
                {layer: list(each.tags[layer]) for layer in self.layers if layer != "names"},
                list(three_types(self.names(each))),
            )
            for each in self.model.tag(sentences, scores=False)
        ]

    def read(self, paragraphs: list[str]) -> Read:
        from tagger.evaluation.word_alignment import solid_offsets
        from tagger.text.conllu import write_conllu

        sentences = list(self.stream(paragraphs))
        solid = solid_offsets("".join(text + "\n\n" for text in paragraphs))
        found = [
            (label, solid[each.starts[first]], solid[each.ends[after - 1]])
            for each in sentences
            for label, first, after in self.names(each)
        ]
        return Read("".join(write_conllu(each, {"upos": "UPOS"}) for each in sentences), list(three_types(found)))

    def names(self, sentence: "Sentence") -> list[Name]:
        """Return the names of a tagged sentence as places of words; none where the model does not look for them."""
        spans = sentence.spans("ner") if "names" in self.layers else ()
        return [(span.label, span.first, span.last + 1) for span in spans]

    def stream(self, paragraphs: Iterable[str]) -> Iterator["Sentence"]:
        """Yield the tagged sentences of paragraphs, as `tagger tag` does with a file, which is there as a whole."""
        return self.model.stream([text + "\n\n" for text in paragraphs], scores=False)

    def count_tokens(self, sentences: list[list[str]]) -> int:
        return sum(map(len, self.model.tag(sentences, scores=False)))

    def count_text(self, paragraphs: list[str]) -> int:
        return sum(map(len, self.stream(paragraphs)))

    def one(self, text: str) -> str:
        return as_line((token.text, token["upos"]) for sentence in self.model(text) for token in sentence)


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
