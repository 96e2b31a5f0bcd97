"""UDPipe 1: its tokenizer, a recurrent network over characters, and its perceptron tagger."""

from pathlib import Path
from typing import TYPE_CHECKING

from treebanks import split_file

from adapters.interfaces import RawTextAdapter

if TYPE_CHECKING:
    from ufal.udpipe import Sentences

TOKENIZER = "dimension=24;epochs=100;batch_size=50;learning_rate=0.005;dropout=0.1;early_stopping=1"
"""The trainer's own defaults. Spaces within tokens are allowed where train has any.

With the options that UDPipe's authors chose for its models of UD 2.6, 64 units and mostly segments of 200 characters,
an epoch takes 20 times as long (143 s of a processor in place of 7).
"""
TAGGER = "models=1;templates=tagger;provide_lemma=0"
"""UPOS, XPOS and FEATS together; the published models have a second tagger, for lemmas alone."""


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
        from ufal.udpipe import ProcessingError, Trainer

        train, dev = (read(split_file(splits, split)) for split in ("train", "dev"))
        error = ProcessingError()
        model = Trainer.train("morphodita_parsito", train, dev, TOKENIZER, TAGGER, Trainer.NONE, error)
        if error.occurred():
            raise RuntimeError(error.message)
        (folder / "model.udpipe").write_bytes(model)

    def tag(self, paragraphs: list[str]) -> str:
        return self.pipeline.process("\n\n".join(paragraphs))

    def as_conllu(self, tagged: str) -> str:
        return tagged


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
