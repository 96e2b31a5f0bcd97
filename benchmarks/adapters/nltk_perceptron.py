"""NLTK's averaged perceptron, with Punkt and NLTK's word tokenizer for plain text."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.interfaces import CORPUS, AccuracyAdapter, Example, Job, SpeedAdapter, as_line, read_sentences
from adapters.shipped_interface import (
    ENTITIES,
    TRAIN,
    PythonTextSystem,
    Read,
    ReadSentence,
    Tagged,
    TrainedSystem,
    WordSystem,
    as_read,
    folder_size,
)

if TYPE_CHECKING:
    from nltk.tag.perceptron import PerceptronTagger

NLTK_ROUNDS = 8
"""Rounds of training where accuracy is measured."""
DATA = {
    "taggers/averaged_perceptron_tagger_eng.zip": "averaged_perceptron_tagger_eng",
    "tokenizers/punkt_tab/english": "punkt_tab",
}
"""The English models in NLTK's data, and the names by which it downloads them."""
TABLE = "upos.json"


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


class NltkShipped(TrainedSystem, WordSystem, PythonTextSystem):
    """NLTK as it comes for English: Punkt, its word tokenizer, and its perceptron.

    The perceptron finds the tags of the Penn Treebank. UPOS follow from these and are not timed: `train` writes a table
    of the UPOS that a word with such a tag most often has in the corpus; for other words it is the tag's.
    """

    title = "NLTK"
    packages = ("nltk",)
    hidden = NltkSpeed.hidden
    layers = ("upos", "xpos")

    def train(self, corpus: Path, folder: Path) -> None:
        from tagger.text.conllu import read_conllu

        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for sentence in read_conllu(corpus / TRAIN, ENTITIES):
            for word, xpos, upos in zip(sentence.words, sentence.tags["xpos"], sentence.tags["upos"], strict=True):
                counts[xpos][upos] += 1
                counts[f"{xpos} {word.lower()}"][upos] += 1
        table = {key: found.most_common(1)[0][0] for key, found in counts.items()}
        (folder / TABLE).write_text(json.dumps(table), encoding="utf-8")

    def load(self, folder: Path) -> None:
        from nltk.tag.perceptron import PerceptronTagger
        from nltk.tokenize import PunktTokenizer
        from nltk.tokenize.destructive import NLTKWordTokenizer

        self.model, self.punkt, self.words = PerceptronTagger(), PunktTokenizer("english"), NLTKWordTokenizer()
        self.folder = folder

    def missing(self) -> str:
        return super().missing() or self.missing_data()

    def missing_data(self) -> str:
        """Return what to say where NLTK's data lacks the English models; empty where it has them."""
        try:
            self.size(Path())
        except LookupError:
            return "its English models are not in its data: python -m nltk.downloader " + " ".join(DATA.values())
        return ""

    def size(self, folder: Path) -> int:
        import nltk

        return sum(folder_size(Path(str(nltk.data.find(path)))) for path in DATA)

    def tag(self, sentences: Sequence[list[str]]) -> list[Tagged]:
        pairs = [self.model.tag(words) for words in sentences]
        upos = self.upos()
        return [Tagged({"upos": upos(of), "xpos": [tag for _, tag in of]}) for of in pairs]

    def upos(self) -> Callable[[list[tuple[str, str]]], list[str]]:
        """Return what finds the UPOS of words with tags."""
        table = json.loads((self.folder / TABLE).read_text(encoding="utf-8"))
        return lambda pairs: [table.get(f"{tag} {word.lower()}") or table.get(tag, "X") for word, tag in pairs]

    def read(self, paragraphs: list[str]) -> Read:
        upos, found = self.upos(), []
        for text in paragraphs:
            for start, end in self.punkt.span_tokenize(text):
                sentence = text[start:end]
                tags = upos(self.tagged(sentence))  # NLTK writes quotes in another way before it tags
                places = self.words.span_tokenize(sentence)
                tokens = [[(sentence[a:b], tag)] for (a, b), tag in zip(places, tags, strict=True)]
                found.append(ReadSentence(tokens, []))
        return as_read(found)

    def tagged(self, sentence: str) -> list[tuple[str, str]]:
        """Return the words of a sentence with their tags."""
        return self.model.tag(self.words.tokenize(sentence))

    def count_tokens(self, sentences: list[list[str]]) -> int:
        return sum(len(self.model.tag(words)) for words in sentences)

    def count_text(self, paragraphs: list[str]) -> int:
        return sum(len(self.tagged(sentence)) for text in paragraphs for sentence in self.punkt.tokenize(text))

    def one(self, text: str) -> str:
        return as_line(pair for sentence in self.punkt.tokenize(text) for pair in self.tagged(sentence))
