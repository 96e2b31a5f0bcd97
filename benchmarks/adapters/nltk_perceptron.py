"""NLTK's averaged perceptron, with Punkt and NLTK's word tokenizer for plain text."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.interfaces import CORPUS, AccuracyAdapter, Example, Job, SpeedAdapter, as_line, read_sentences

if TYPE_CHECKING:
    from nltk.tag.perceptron import PerceptronTagger

NLTK_ROUNDS = 8
"""Rounds of training where accuracy is measured."""


class Perceptron(AccuracyAdapter):
    """NLTK's averaged perceptron, for parts of speech."""

    title = f"NLTK perceptron, {NLTK_ROUNDS} rounds"
    packages = ("nltk",)
    spans = False

    def __init__(self, job: Job, folder: Path) -> None:
        self.model = NltkSpeed(folder, given_tokens=True).model

    @staticmethod
    def train(job: Job, folder: Path) -> None:
        import random

        from nltk.tag.perceptron import PerceptronTagger

        random.seed(1)  # NLTK shuffles with it
        model = PerceptronTagger(load=False)
        model.train([list(zip(each.words, each.tags, strict=True)) for each in job.read("train")], nr_iter=NLTK_ROUNDS)
        NltkSpeed.save(model, folder)

    def tag(self, sentences: Sequence[Example]) -> list[list[str]]:
        return [[tag for _, tag in self.model.tag(sentence.words)] for sentence in sentences]


class NltkSpeed(SpeedAdapter):
    """NLTK's averaged perceptron, Punkt and word tokenizer."""

    title = "NLTK, perceptron"
    packages = ("nltk",)
    hidden = ("sklearn", "scipy", "matplotlib", "torch", "tensorflow")

    def __init__(self, folder: Path, given_tokens: bool) -> None:
        import nltk
        from nltk.tag.perceptron import PerceptronTagger

        self.model = PerceptronTagger(load=False)
        # As NLTK's own `load_from_json`, which reads only from NLTK's data folders.
        weights, tagdict, classes = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        self.model.model.weights, self.model.tagdict = weights, tagdict
        self.model.classes = self.model.model.classes = set(classes)
        self.split, self.cut = nltk.sent_tokenize, nltk.word_tokenize

    @staticmethod
    def train(corpus: Path, folder: Path) -> None:
        from nltk.tag.perceptron import PerceptronTagger

        model = PerceptronTagger(load=False)
        model.train(
            read_sentences(corpus / CORPUS)
        )  # in its own 5 rounds, because the more it has learned, the slower it is
        NltkSpeed.save(model, folder)

    @staticmethod
    def save(model: "PerceptronTagger", folder: Path) -> None:
        """Write a trained model to a folder."""
        content = [model.model.weights, model.tagdict, sorted(model.classes)]
        (folder / "model.json").write_text(json.dumps(content), encoding="utf-8")

    def text(self, paragraphs: Iterable[str]) -> int:
        return sum(len(sentence) for text in paragraphs for sentence in self.tagged(text))

    def tokens(self, sentences: list[list[str]]) -> int:
        return sum(len(self.model.tag(words)) for words in sentences)

    def one(self, text: str) -> str:
        return as_line(pair for sentence in self.tagged(text) for pair in sentence)

    def tagged(self, text: str) -> list[list[tuple[str, str]]]:
        """Return the tagged sentences of a text; `preserve_line` keeps NLTK from splitting each sentence again."""
        return [self.model.tag(self.cut(sentence, preserve_line=True)) for sentence in self.split(text)]
