"""spaCy's tagger and entity recognizer."""

import importlib.util
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from names import Name, three_types, trimmed

from adapters.interfaces import CORPUS, AccuracyAdapter, Example, Job, SpeedAdapter, as_line, read_sentences
from adapters.shipped_interface import PythonTextSystem, Read, ReadSentence, Tagged, WordSystem, as_read, folder_size

if TYPE_CHECKING:
    from spacy.tokens import Doc, Span, Token

PARAGRAPHS = 100
"""Paragraphs in a batch: ten sentences each, as many sentences as spaCy's own default."""


class SpacyAccuracy(AccuracyAdapter):
    """spaCy's tagger, or its entity recognizer for spans, trained by its command with its default settings."""

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


def span_tag(token: "Token") -> str:
    """Return the IOB2 tag of a token."""
    return f"{token.ent_iob_}-{token.ent_type_}" if token.ent_type_ else "O"


class SpacySpeed(SpeedAdapter):
    """spaCy's tagger, with its default network."""

    title = "spaCy, tagger"
    packages = ("spacy",)
    hidden = ("torch", "tensorflow")

    def __init__(self, folder: Path, given_tokens: bool) -> None:
        import spacy

        self.nlp = spacy.load(folder)
        if given_tokens:
            self.nlp.remove_pipe("sentencizer")

    @staticmethod
    def train(corpus: Path, folder: Path) -> None:
        import random

        import spacy
        from spacy.tokens import Doc
        from spacy.training import Example as TrainingExample

        nlp = spacy.blank("en")
        nlp.add_pipe("tagger")
        examples = []
        for sentence in read_sentences(corpus / CORPUS):
            words, tags = zip(*sentence, strict=True)
            examples.append(TrainingExample(Doc(nlp.vocab, words), Doc(nlp.vocab, words, tags=tags)))
        optimizer = nlp.initialize(lambda: examples)
        random.Random(1).shuffle(examples)
        for batch in spacy.util.minibatch(examples, 64):
            nlp.update(batch, sgd=optimizer, drop=0.1)
        nlp.add_pipe("sentencizer", first=True)
        nlp.to_disk(folder)

    def text(self, paragraphs: Iterable[str]) -> int:
        return sum(map(len, self.nlp.pipe(paragraphs, batch_size=PARAGRAPHS)))

    def tokens(self, sentences: list[list[str]]) -> int:
        from spacy.tokens import Doc

        return sum(map(len, self.nlp.pipe(Doc(self.nlp.vocab, words) for words in sentences)))

    def one(self, text: str) -> str:
        return as_line((token.text, token.tag_) for token in self.nlp(text))


class SpacyShipped(WordSystem, PythonTextSystem):
    """A pipeline of spaCy that comes as a package, without its lemmatizer.

    Its UPOS follow by rules from its tags and its parser's dependencies; the parser also finds the sentences. Where
    `parts` has a `senter` in place of the parser, that finds them, and the rules know the tags alone.
    """

    packages = ("spacy",)
    hidden = ("torch", "tensorflow")
    is_slow = True

    def __init__(self, title: str, package: str, parts: Sequence[str], install: str) -> None:
        self.title, self.parts = title, parts
        self.packages, self.install = ("spacy", package), install
        self.layers = ("upos", "xpos", "names") if "ner" in parts else ("upos", "xpos")

    def load(self, folder: Path) -> None:
        import spacy

        path = self.path()
        names = spacy.util.load_config(path / "config.cfg")["nlp"]["pipeline"]
        self.nlp = spacy.load(path, exclude=[name for name in names if name not in self.parts])
        if "senter" in self.parts:
            self.nlp.enable_pipe("senter")

    def path(self) -> Path:
        """Return the folder of the pipeline in its package."""
        module = self.packages[-1].replace("-", "_")
        place = Path(importlib.util.find_spec(module).origin).parent
        return min((path.parent for path in place.rglob("config.cfg")), key=lambda path: len(path.parts))

    def size(self, folder: Path) -> int:
        return folder_size(self.path())

    def docs(self, sentences: Iterable[list[str]]) -> Iterator["Doc"]:
        """Yield sentences of given words, tagged; none is cut in two."""
        from spacy.tokens import Doc

        blank = (
            Doc(self.nlp.vocab, words, sent_starts=[True] + [False] * (len(words) - 1)) for words in sentences if words
        )
        return self.nlp.pipe(blank, disable=["senter"])

    def tag(self, sentences: Sequence[list[str]]) -> list[Tagged]:
        return [
            Tagged({"upos": [t.pos_ for t in doc], "xpos": [t.tag_ for t in doc]}, names_of(doc.ents, list(doc)))
            for doc in self.docs(sentences)
        ]

    def read(self, paragraphs: list[str]) -> Read:
        sentences = (sentence for doc in self.nlp.pipe(paragraphs) for sentence in doc.sents)
        found = []
        for sentence in sentences:
            words = [token for token in sentence if not token.is_space]
            tokens = [[(token.text, token.pos_)] for token in words]
            found.append(ReadSentence(tokens, names_of(sentence.ents, words)))
        return as_read(found)

    def count_tokens(self, sentences: list[list[str]]) -> int:
        return sum(map(len, self.docs(sentences)))

    def count_text(self, paragraphs: list[str]) -> int:
        return sum(map(len, self.nlp.pipe(paragraphs, batch_size=PARAGRAPHS)))

    def one(self, text: str) -> str:
        return as_line((token.text, token.pos_) for token in self.nlp(text))


def names_of(spans: Iterable["Span"], words: Sequence["Token"]) -> list[Name]:
    """Return spaCy's entities as names, whose places are those in `words`, a sentence."""
    places = {token.i: place for place, token in enumerate(words)}
    inside = ((span.label_, [places[token.i] for token in span if token.i in places]) for span in spans)
    found = three_types((label, at[0], at[-1] + 1) for label, at in inside if at)
    return list(trimmed(found, [token.text for token in words]))
