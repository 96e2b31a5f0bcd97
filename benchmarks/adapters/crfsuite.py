"""CRFsuite: a linear-chain conditional random field over hand-made features."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from adapters.interfaces import AccuracyAdapter, Example, Job
from adapters.shipped_interface import ENTITIES, TRAIN, Tagged, TrainedSystem, WordSystem, folder_size

RUNS = re.compile(r"(.)\1+")


class Crf(AccuracyAdapter):
    """A linear-chain conditional random field over features of words, shapes, affixes and neighbours (CRFsuite)."""

    title = "CRFsuite"
    packages = ("python-crfsuite",)
    takes_given = True

    def __init__(self, job: Job, folder: Path) -> None:
        import pycrfsuite

        self.model = pycrfsuite.Tagger()
        self.model.open(str(folder / "model.crf"))

    @staticmethod
    def train(job: Job, folder: Path) -> None:
        fit(job.read("train"), folder / "model.crf")

    def tag(self, sentences: Sequence[Example]) -> list[list[str]]:
        return [self.model.tag(features(sentence)) for sentence in sentences]


class CrfShipped(TrainedSystem, WordSystem):
    """CRFsuite with the same features, trained here: a model for each layer."""

    title = "CRFsuite"
    packages = ("python-crfsuite",)

    def train(self, corpus: Path, folder: Path) -> None:
        from tagger.text.conllu import read_conllu

        sentences = list(read_conllu(corpus / TRAIN, ENTITIES))
        for layer in ENTITIES:
            tagged = (sentence for sentence in sentences if layer in sentence.tags)
            fit((Example(list(each.words), list(each.tags[layer])) for each in tagged), folder / f"{layer}.crf")

    def load(self, folder: Path) -> None:
        import pycrfsuite

        self.models = {layer: pycrfsuite.Tagger() for layer in ENTITIES}
        for layer, model in self.models.items():
            model.open(str(folder / f"{layer}.crf"))

    def size(self, folder: Path) -> int:
        return folder_size(folder)

    def tag(self, sentences: Sequence[list[str]]) -> list[Tagged]:
        from tagger.text.scheme import spans_from_tags

        found = []
        for words in sentences:
            tags = self.tags(words)
            names = [(label, first, last + 1) for label, first, last in spans_from_tags(tags.pop("ner"))]
            found.append(Tagged(tags, names))
        return found

    def count_tokens(self, sentences: list[list[str]]) -> int:
        return sum(len(self.tags(words)["upos"]) for words in sentences)

    def tags(self, words: list[str]) -> dict[str, list[str]]:
        """Return the tags of each layer; the features of the words are computed once."""
        import pycrfsuite

        rows = pycrfsuite.ItemSequence(features(Example(words, [])))
        return {layer: model.tag(rows) for layer, model in self.models.items()}


def fit(examples: Iterable[Example], path: Path) -> None:
    """Train a model and write it to a file."""
    import pycrfsuite

    trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
    trainer.set_params({"c1": 0.1, "c2": 0.01, "max_iterations": 100, "feature.possible_transitions": True})
    for example in examples:
        trainer.append(features(example), example.tags)
    trainer.train(str(path))


def features(sentence: Example) -> list[list[str]]:
    """Return the features of each token: its form, shape and affixes, and two neighbours on each side."""
    words = ["<s2>", "<s>", *sentence.words, "</s>", "</s2>"]
    lower, shapes = [word.lower() for word in words], [shape(word) for word in words]
    short = [RUNS.sub(r"\1", each) for each in shapes]
    given = ["<s2>", "<s>", *sentence.given, "</s>", "</s2>"] if sentence.given else None
    found = []
    for at in range(2, len(words) - 2):
        word = words[at]
        row = ["bias", f"w={word}", f"l={lower[at]}", f"s={shapes[at]}", f"k={short[at]}"]
        row += [f"p{size}={lower[at][:size]}" for size in range(1, 5)]
        row += [f"x{size}={lower[at][-size:]}" for size in range(1, 5)]
        row += [f"l{step}={lower[at + step]}" for step in (-2, -1, 1, 2)]
        row += [f"s{step}={shapes[at + step]}" for step in (-1, 1)]
        row += [f"x3{step}={lower[at + step][-3:]}" for step in (-1, 1)]
        row += [f"l-1,0={lower[at - 1]} {lower[at]}", f"l0,1={lower[at]} {lower[at + 1]}"]
        if given:
            row += [f"g{step}={given[at + step]}" for step in (-2, -1, 0, 1, 2)]
            row += [f"g{step},{step + 1}={given[at + step]} {given[at + step + 1]}" for step in (-2, -1, 0, 1)]
            row += [f"g-1,0,1={given[at - 1]} {given[at]} {given[at + 1]}"]
        found.append(row)
    return found


def shape(word: str) -> str:
    """Return the shape of a word: capitals as X, small letters as x, digits as d, all else unchanged."""
    return "".join("X" if c.isupper() else "x" if c.isalpha() else "d" if c.isdigit() else c for c in word)
