"""Flair's sequence tagger."""

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.interfaces import CORPUS, SpeedAdapter, as_line, read_sentences

if TYPE_CHECKING:
    from flair.data import Sentence

TRAINING_SENTENCES = 1000
"""Sentences of training, because all of them would take minutes; all words are in the vocabulary nevertheless."""


class Flair(SpeedAdapter):
    """Flair's sequence tagger over embeddings of words and characters of its own, with sentences by segtok."""

    title = "Flair, LSTM"
    packages = ("flair",)
    note = "pip install flair"
    hidden = ("tensorflow",)
    is_slow = True

    def __init__(self, folder: Path, given_tokens: bool) -> None:
        import logging

        from flair.data import Sentence
        from flair.models import SequenceTagger
        from flair.splitter import SegtokSentenceSplitter

        logging.getLogger("flair").setLevel(logging.ERROR)
        self.model, self.splitter, self.sentence = (
            SequenceTagger.load(folder / "model.pt"),
            SegtokSentenceSplitter(),
            Sentence,
        )

    @staticmethod
    def train(corpus: Path, folder: Path) -> None:
        from flair.data import Corpus, Dictionary, Sentence
        from flair.datasets import FlairDatapointDataset
        from flair.embeddings import CharacterEmbeddings, OneHotEmbeddings, StackedEmbeddings
        from flair.models import SequenceTagger
        from flair.trainers import ModelTrainer

        words, characters, tags = Dictionary(), Dictionary(), Dictionary(add_unk=False)
        sentences = []
        for sentence in read_sentences(corpus / CORPUS):
            for word, tag in sentence:
                words.add_item(word)
                tags.add_item(tag)
                for character in word:
                    characters.add_item(character)
            sentences.append(Sentence([word for word, _ in sentence]))
            for token, (_, tag) in zip(sentences[-1], sentence, strict=True):
                token.add_label("upos", tag)
        read = StackedEmbeddings([OneHotEmbeddings(words, embedding_length=100), CharacterEmbeddings(characters)])
        model = SequenceTagger(read, tags, "upos", hidden_size=200, use_crf=False)
        train, dev = (FlairDatapointDataset(sentences[:size]) for size in (TRAINING_SENTENCES, 50))
        trainer = ModelTrainer(model, Corpus(train, dev, name="few"))
        trainer.train(folder / "training", max_epochs=1, embeddings_storage_mode="none")
        model.save(folder / "model.pt")
        shutil.rmtree(folder / "training")

    def text(self, paragraphs: Iterable[str]) -> int:
        return self.tagged([sentence for text in paragraphs for sentence in self.splitter.split(text)])

    def tokens(self, sentences: list[list[str]]) -> int:
        return self.tagged([self.sentence(words) for words in sentences])

    def one(self, text: str) -> str:
        sentences = self.splitter.split(text)
        self.model.predict(sentences)
        return as_line((token.text, token.tag) for sentence in sentences for token in sentence)

    def tagged(self, sentences: list["Sentence"]) -> int:
        """Tag Flair sentences and return the number of their words."""
        self.model.predict(sentences)
        return sum(map(len, sentences))
