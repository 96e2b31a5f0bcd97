"""UDPipe 1: its tokenizer, a recurrent network over characters, and its perceptron tagger."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from treebanks import split_file

from adapters.interfaces import RawTextAdapter, as_line
from adapters.shipped_interface import PythonTextSystem, Read, Tagged, TrainedSystem, WordSystem, folder_size

if TYPE_CHECKING:
    from ufal.udpipe import Sentences

TOKENIZER = "dimension=24;epochs=100;batch_size=50;learning_rate=0.005;dropout=0.1;early_stopping=1"
"""The trainer's own defaults. Spaces within tokens are allowed where train has any.

With the options that UDPipe's authors chose for its models of UD 2.6, 64 units and mostly segments of 200 characters,
an epoch takes 20 times as long (143 s of a processor in place of 7).
"""
TAGGER = "models=1;templates=tagger;provide_lemma=0"
"""UPOS, XPOS and FEATS together; the published models have a second tagger, for lemmas alone."""

WITHOUT_FEATS = "use_feats=0;provide_feats=0;iterations=10"
"""UPOS and XPOS alone, which is faster and, in a trial on 200 sentences, no worse; half of the default iterations.

An iteration over EWT takes about a minute. Dev chooses the best one.
"""


class UDPipe(RawTextAdapter[str]):
    """UDPipe 1, tokenizer and tagger, which choose their best epoch on dev."""

    title = "UDPipe 1"
    packages = ("ufal.udpipe",)

    def __init__(self, folder: Path, language: str) -> None:
        from ufal.udpipe import Model, Pipeline

        self.model = Model.load(str(folder / "model.udpipe"))
        self.pipeline = Pipeline(self.model, "tokenize", Pipeline.DEFAULT, Pipeline.NONE, "conllu")

    @staticmethod
    def train(splits: Path, folder: Path, language: str, seed: int) -> None:
        fit(splits, folder / "model.udpipe", TAGGER)

    def tag(self, paragraphs: list[str]) -> str:
        return self.pipeline.process("\n\n".join(paragraphs))

    def as_conllu(self, tagged: str) -> str:
        return tagged


class UDPipeShipped(TrainedSystem, WordSystem, PythonTextSystem):
    """The same tokenizer, and a tagger without FEATS, which also tags given words."""

    title = "UDPipe"
    packages = ("ufal.udpipe",)
    layers = ("upos", "xpos")

    def train(self, corpus: Path, folder: Path) -> None:
        fit(corpus, folder / "model.udpipe", f"{TAGGER};{WITHOUT_FEATS}")

    def load(self, folder: Path) -> None:
        from ufal.udpipe import Pipeline

        self.text = UDPipe(folder, "en")
        # One word a line, and an empty line after each sentence.
        self.words = Pipeline(self.text.model, "vertical", Pipeline.DEFAULT, Pipeline.NONE, "conllu")

    def size(self, folder: Path) -> int:
        return folder_size(folder)

    def tag(self, sentences: Sequence[list[str]]) -> list[Tagged]:
        columns = [list(zip(*rows, strict=True)) for rows in word_rows(self.tagged(sentences))]
        return [Tagged({"upos": list(rows[3]), "xpos": list(rows[4])}) for rows in columns]

    def tagged(self, sentences: Iterable[list[str]]) -> str:
        """Return sentences of words, tagged, in CoNLL-U."""
        return self.words.process("".join("\n".join(words) + "\n\n" for words in sentences))

    def read(self, paragraphs: list[str]) -> Read:
        return Read(self.text.tag(paragraphs), [])

    def count_tokens(self, sentences: list[list[str]]) -> int:
        return sum(map(len, word_rows(self.tagged(sentences))))

    def count_text(self, paragraphs: list[str]) -> int:
        return sum(map(len, word_rows(self.text.tag(paragraphs))))

    def one(self, text: str) -> str:
        return as_line((row[1], row[3]) for rows in word_rows(self.text.tag([text])) for row in rows)


def fit(splits: Path, path: Path, tagger: str) -> None:
    """Train a tokenizer and a tagger with some options on the splits of a folder, and write them to a file."""
    from ufal.udpipe import ProcessingError, Trainer

    train, dev = (read(split_file(splits, split)) for split in ("train", "dev"))
    error = ProcessingError()
    model = Trainer.train("morphodita_parsito", train, dev, TOKENIZER, tagger, Trainer.NONE, error)
    if error.occurred():
        raise RuntimeError(error.message)
    path.write_bytes(model)


def word_rows(conllu: str) -> Iterator[list[list[str]]]:
    """Yield the rows of each sentence's words, without the rows of multiword tokens."""
    for block in conllu.split("\n\n"):
        rows = [line.split("\t") for line in block.split("\n") if line[:1].isdigit()]
        if rows:
            yield [row for row in rows if "-" not in row[0]]


def read(path: Path) -> "Sentences":
    """Return the sentences of a CoNLL-U file as UDPipe reads them."""
    from ufal.udpipe import InputFormat, ProcessingError, Sentence, Sentences

    source, error = InputFormat.newConlluInputFormat(), ProcessingError()
    source.setText(path.read_text(encoding="utf-8"))
    sentences, sentence = Sentences(), Sentence()
    while source.nextSentence(sentence, error):
        sentences.append(sentence)
        sentence = Sentence()
    if error.occurred():
        raise RuntimeError(error.message)
    return sentences
