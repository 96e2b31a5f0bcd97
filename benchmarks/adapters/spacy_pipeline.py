"""spaCy's tagger and entity recognizer."""

import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.interfaces import CORPUS, AccuracyAdapter, Example, Job, SpeedAdapter, as_line, read_sentences

if TYPE_CHECKING:
    from spacy.tokens import Token

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
