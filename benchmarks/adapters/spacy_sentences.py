"""spaCy's tokenizer and its trained sentence recognizer."""

import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

from treebanks import split_file

from adapters.interfaces import RawTextAdapter, bare_conllu

if TYPE_CHECKING:
    from spacy.tokens import Doc

    from tagger.corpus.raw_text import Paragraph

SENTENCES = 10
"""Sentences of a training document at most, as by spaCy's `convert -n 10`."""
RULES = {"nlp": {"tokenizer": {"@tokenizers": "spacy.Tokenizer.v1"}}}
"""The setting for a tokenizer by rules in place of the language's own."""


class SpacySentences(RawTextAdapter[list[list[str]]]):
    """spaCy's tokenizer of a language and its `senter`, trained with spaCy's default settings.

    Korean is tokenized by rules, as in spaCy's trained pipelines, since its blank tokenizer needs MeCab; Uyghur, which
    spaCy does not know, as multi-language text. Vietnamese is left out: its tokenizer needs another package.
    """

    title = "spaCy, senter"
    packages = ("spacy",)
    languages = frozenset({"en", "de", "zh", "ko", "ug"})

    def __init__(self, folder: Path, language: str) -> None:
        import spacy

        self.nlp = spacy.load(folder / "model-best")

    @staticmethod
    def train(splits: Path, folder: Path, language: str, seed: int) -> None:
        import spacy
        from spacy.cli.train import train
        from spacy.tokens import DocBin

        from tagger.corpus.raw_text import paragraphs
        from tagger.text.conllu import read_conllu

        for split in ("train", "dev"):
            parts = paragraphs(read_conllu(split_file(splits, split)), longest=SENTENCES)
            DocBin(docs=map(as_doc, parts)).to_disk(folder / f"{split}.spacy")
        nlp = spacy.blank("xx" if language == "ug" else language, config=RULES if language == "ko" else {})
        nlp.add_pipe("senter")
        nlp.config.to_disk(folder / "config.cfg")
        paths = {f"paths.{split}": str(folder / f"{split}.spacy") for split in ("train", "dev")}
        with redirect_stdout(sys.stderr):
            train(folder / "config.cfg", folder, overrides=paths)

    def tag(self, paragraphs: list[str]) -> list[list[str]]:
        return [list(sentence) for doc in self.nlp.pipe(paragraphs) for sentence in tokens_of(doc)]

    def as_conllu(self, tagged: list[list[str]]) -> str:
        return bare_conllu(tagged)


def tokens_of(doc: "Doc") -> Iterator[Iterator[str]]:
    """Yield the tokens of each sentence, without those of white space."""
    return ((token.text for token in sentence if not token.is_space) for sentence in doc.sents)


def as_doc(paragraph: "Paragraph") -> "Doc":
    """Return a paragraph as spaCy's training reads it: tokens with the spaces between them, and where sentences begin.

    Words of a multiword token that do not stand in the text are one token there.
    """
    import spacy
    from spacy.tokens import Doc

    words, spaces, begins = [], [], []
    for sentence in paragraph.sentences:
        for number, (start, end) in enumerate(sorted(set(zip(sentence.starts, sentence.ends, strict=True)))):
            words.append(paragraph.text[start:end])
            spaces.append(paragraph.text[end : end + 1].isspace())
            begins.append(number == 0)
    return Doc(spacy.blank("xx").vocab, words, spaces, sent_starts=begins)
