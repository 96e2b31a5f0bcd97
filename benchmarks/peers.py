"""The taggers of compare_peers.py: how each is trained on annotated sentences, loaded, and given words to tag."""

import json
import re
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tagging_systems

NLTK_ROUNDS = 8


@dataclass(frozen=True)
class Example:
    """One sentence: its words, the tags to learn, and those that are given, where there are any."""

    words: list[str]
    tags: list[str]
    given: list[str] | None = None


@dataclass(frozen=True)
class Job:
    """One task on one corpus: `folder` holds the examples of each split; the rest is what our own training needs."""

    folder: str
    records: str
    config: str
    task: str
    spans: bool
    given: str | None
    """The layer of tags that may be looked at beside the words."""
    model: str | None
    """A model folder of ours that was trained before."""

    def read(self, split: str) -> list[Example]:
        """The examples of a split."""
        with open(Path(self.folder) / f"{split}.jsonl", encoding="utf-8") as file:
            return [Example(**json.loads(line)) for line in file]


class Peer(ABC):
    """A tagger that was trained and loaded."""

    title: str
    packages: tuple[str, ...] = ()
    """What it needs of PyPI."""
    spans = True
    """Whether it is made for spans too."""
    takes_given = False
    """Whether it reads tags that are given."""

    @abstractmethod
    def __init__(self, job: Job, folder: Path) -> None: ...

    @staticmethod
    @abstractmethod
    def train(job: Job, folder: Path) -> None:
        """Learn from train, with dev where it is looked at, and write what tagging needs to a folder that is there."""

    @abstractmethod
    def tag(self, sentences: Sequence[Example]) -> list[list[str]]:
        """The tags of each sentence, of which the words and what is given are looked at."""


class Crf(Peer):
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
        import pycrfsuite

        trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
        trainer.set_params({"c1": 0.1, "c2": 0.01, "max_iterations": 100, "feature.possible_transitions": True})
        for example in job.read("train"):
            trainer.append(features(example), example.tags)
        trainer.train(str(folder / "model.crf"))

    def tag(self, sentences: Sequence[Example]) -> list[list[str]]:
        return [self.model.tag(features(sentence)) for sentence in sentences]


def features(sentence: Example) -> list[list[str]]:
    """What the CRF sees of each token: itself, its shape and affixes, two neighbours on each side."""
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


RUNS = re.compile(r"(.)\1+")


def shape(word: str) -> str:
    """Capitals as X, small letters as x, digits as d, all else as it is."""
    return "".join("X" if c.isupper() else "x" if c.isalpha() else "d" if c.isdigit() else c for c in word)


class Perceptron(Peer):
    """NLTK's averaged perceptron, for parts of speech."""

    title = f"NLTK perceptron, {NLTK_ROUNDS} rounds"
    packages = ("nltk",)
    spans = False

    def __init__(self, job: Job, folder: Path) -> None:
        self.model = tagging_systems.Nltk(folder, given_tokens=True).model

    @staticmethod
    def train(job: Job, folder: Path) -> None:
        import random

        from nltk.tag.perceptron import PerceptronTagger

        random.seed(1)  # by which it shuffles
        model = PerceptronTagger(load=False)
        model.train([list(zip(each.words, each.tags, strict=True)) for each in job.read("train")], nr_iter=NLTK_ROUNDS)
        tagging_systems.Nltk.save(model, folder)

    def tag(self, sentences: Sequence[Example]) -> list[list[str]]:
        return [[tag for _, tag in self.model.tag(sentence.words)] for sentence in sentences]


class Spacy(Peer):
    """spaCy's tagger, or its entity recognizer for spans, trained by the command with the settings that it proposes."""

    title = "spaCy"
    packages = ("spacy",)

    def __init__(self, job: Job, folder: Path) -> None:
        import spacy

        self.nlp = spacy.load(folder / "model-best")
        self.finds_spans = "ner" in self.nlp.pipe_names

    @staticmethod
    def train(job: Job, folder: Path) -> None:
        import spacy
        from spacy.tokens import Doc, DocBin

        vocabulary = spacy.blank("en").vocab
        for split in ("train", "dev"):
            examples = job.read(split)
            docs = (Doc(vocabulary, each.words, **{"ents" if job.spans else "tags": each.tags}) for each in examples)
            DocBin(docs=docs).to_disk(folder / f"{split}.spacy")
        run = [sys.executable, "-m", "spacy"]
        config, pipeline = folder / "config.cfg", "ner" if job.spans else "tagger"
        paths = ["--paths.train", str(folder / "train.spacy"), "--paths.dev", str(folder / "dev.spacy")]
        for command in (
            [*run, "init", "config", str(config), "--lang", "en", "--pipeline", pipeline, "--force"],
            [*run, "train", str(config), "--output", str(folder), *paths],
        ):
            subprocess.run(command, check=True, stdout=sys.stderr)

    def tag(self, sentences: Sequence[Example]) -> list[list[str]]:
        from spacy.tokens import Doc

        docs = self.nlp.pipe(Doc(self.nlp.vocab, sentence.words) for sentence in sentences)
        return [[span_tag(token) if self.finds_spans else token.tag_ for token in doc] for doc in docs]


def span_tag(token: "Token") -> str:  # noqa: F821
    """The tag that writes spaCy's entities in IOB2."""
    return f"{token.ent_iob_}-{token.ent_type_}" if token.ent_type_ else "O"


class Ours(Peer):
    """Ours, trained by its configuration."""

    title = "ours"
    takes_given = True

    def __init__(self, job: Job, folder: Path) -> None:
        import tagger

        self.model, self.task, self.given = tagger.load(job.model or folder / "model"), job.task, job.given

    @staticmethod
    def train(job: Job, folder: Path) -> None:
        tagging_systems.tagger("train", job.config, "--corpus", job.records, "--output", folder / "model")

    def tag(self, sentences: Sequence[Example]) -> list[list[str]]:
        from tagger import Sentence

        names = (self.given,) if self.given else ()
        read = (Sentence.from_words(each.words, tags={name: each.given for name in names}) for each in sentences)
        return [list(tagged.tags[self.task]) for tagged in self.model.tag(read, scores=False)]


PEERS: dict[str, type[Peer]] = {"ours": Ours, "crf": Crf, "nltk": Perceptron, "spacy": Spacy}
