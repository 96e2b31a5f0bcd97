"""The systems of tagging.py: how each is trained, loaded, and given text.

    python benchmarks/tagging_systems.py SYSTEM FOLDER [SENTENCE]

loads a trained system, tags a sentence and prints it, which is all that a first sentence needs. Without a sentence it
trains the system on FOLDER/corpus.conllu, as briefly as gives a model that does all its work: a network is no slower
for knowing more. Each system's model is in a folder of its own name there.
"""

import json
import os
import shutil
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CORPUS, DEV = "corpus.conllu", "dev.conllu"
TAGGER = [sys.executable, "-c", "from tagger.cli import main; main()"]
"""The command `tagger`, of this Python."""
PARAGRAPHS = 100
"""What spaCy is given at once: ten sentences each, as many as it takes by itself of sentences."""
FEW = 1000
"""Sentences of training where all would take minutes; all words are known nevertheless."""


class System(ABC):
    """A system that was trained, loaded for texts or for tokens that are given."""

    title: str
    packages: tuple[str, ...] = ()
    """What it needs of PyPI."""
    note = ""
    """How that is installed, where the extra `benchmark` does not."""
    hidden: tuple[str, ...] = ()
    """What it would import for no other reason than that other systems need it: it shall start as it does alone."""
    is_slow = False
    """So slow that less text has to do."""

    @abstractmethod
    def __init__(self, folder: Path, given_tokens: bool) -> None: ...

    @staticmethod
    @abstractmethod
    def train(corpus: Path, folder: Path) -> None:
        """Learn from CORPUS in the folder `corpus`, and write what tagging needs to `folder`, which is there."""

    @classmethod
    def size(cls, folder: Path) -> int:
        """Bytes on disk of what tagging needs."""
        return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())

    @classmethod
    def first_sentence(cls, folder: Path, sentence: Path) -> list[str]:
        """The command that tags the text of a file and prints it."""
        return [sys.executable, __file__, cls.__name__, str(folder), sentence.read_text(encoding="utf-8")]

    @abstractmethod
    def text(self, paragraphs: Iterable[str]) -> int:
        """Tag paragraphs of plain text: how many words they turned out to have."""

    @abstractmethod
    def tokens(self, sentences: list[list[str]]) -> int:
        """Tag sentences of words: how many words."""

    @abstractmethod
    def one(self, text: str) -> str:
        """Tag one short text: its words with their tags, for a reader."""


class Float32(System):
    """Ours: the exported model."""

    title = "ours"
    runtime = "onnx"

    def __init__(self, folder: Path, given_tokens: bool) -> None:
        import tagger

        self.model = tagger.load(folder, self.runtime)

    @staticmethod
    def train(corpus: Path, folder: Path) -> None:
        tagger("export", trained(corpus), "--output", folder, "--overwrite")

    @classmethod
    def first_sentence(cls, folder: Path, sentence: Path) -> list[str]:
        return [*TAGGER, "tag", str(sentence), "--model", str(folder), "--runtime", cls.runtime]

    def text(self, paragraphs: Iterable[str]) -> int:
        # As `tagger tag` does it.
        return sum(map(len, self.model.stream((text + "\n\n" for text in paragraphs), scores=False)))

    def tokens(self, sentences: list[list[str]]) -> int:
        return sum(map(len, self.model.tag(sentences, scores=False)))

    def one(self, text: str) -> str:
        return written((token.text, token["upos"]) for sentence in self.model(text) for token in sentence)


class Int8(Float32):
    """Ours in 8 bits."""

    title = "ours, 8 bits"

    @staticmethod
    def train(corpus: Path, folder: Path) -> None:
        # So short a training may lose more than a user would let it.
        measured = ["--corpus", corpus / "records", "--max-loss", 100]
        tagger("export", trained(corpus), "--int8", *measured, "--output", folder, "--overwrite")


class TensorFlow(Float32):
    """Ours, run by TensorFlow."""

    title = "ours, by TensorFlow"
    packages = ("tensorflow",)
    runtime = "tensorflow"

    @staticmethod
    def train(corpus: Path, folder: Path) -> None:
        shutil.copytree(trained(corpus), folder, ignore=unneeded, dirs_exist_ok=True)


def unneeded(folder: str, names: list[str]) -> set[str]:
    """What TensorFlow does not need of a model folder: ONNX, and what training would go on with."""
    return {name for name in names if name.endswith(".onnx") or name == "logs" or name.startswith(("last", "state"))}


def trained(corpus: Path) -> Path:
    """The model folder of our own network, trained when it is asked for the first time."""
    records, model = corpus / "records", corpus / "trained"
    if not model.exists():
        splits = [f"train={corpus / CORPUS}", f"dev={corpus / DEV}"]
        tagger("convert", *splits, "--to", records, "--tasks", "upos=UPOS", "--overwrite")
        settings = ["--set", "encoder.units=200", "--set", "training.epochs=1"]
        config = ROOT / "configs" / "pos-ewt.toml"
        tagger("train", config, "--corpus", records, "--output", model, "--tasks", "upos", *settings)
    return model


def tagger(*arguments: object) -> None:
    """Run one of our commands."""
    subprocess.run([*TAGGER, *map(str, arguments)], check=True)


class Nltk(System):
    """NLTK's averaged perceptron, Punkt and word tokenizer."""

    title = "NLTK, perceptron"
    packages = ("nltk",)
    hidden = ("sklearn", "scipy", "matplotlib", "torch", "tensorflow")

    def __init__(self, folder: Path, given_tokens: bool) -> None:
        import nltk
        from nltk.tag.perceptron import PerceptronTagger

        self.model = PerceptronTagger(load=False)
        # As its own `load_from_json`, which reads nothing outside of NLTK's data folders.
        weights, tagdict, classes = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        self.model.model.weights, self.model.tagdict = weights, tagdict
        self.model.classes = self.model.model.classes = set(classes)
        self.split, self.cut = nltk.sent_tokenize, nltk.word_tokenize

    @staticmethod
    def train(corpus: Path, folder: Path) -> None:
        from nltk.tag.perceptron import PerceptronTagger

        model = PerceptronTagger(load=False)
        model.train(sentences_of(corpus / CORPUS))  # in its own 5 rounds, for what it knows makes it slower
        Nltk.save(model, folder)

    @staticmethod
    def save(model: "PerceptronTagger", folder: Path) -> None:  # noqa: F821
        """Write a trained model where one is loaded from."""
        content = [model.model.weights, model.tagdict, sorted(model.classes)]
        (folder / "model.json").write_text(json.dumps(content), encoding="utf-8")

    def text(self, paragraphs: Iterable[str]) -> int:
        return sum(len(sentence) for text in paragraphs for sentence in self.tagged(text))

    def tokens(self, sentences: list[list[str]]) -> int:
        return sum(len(self.model.tag(words)) for words in sentences)

    def one(self, text: str) -> str:
        return written(pair for sentence in self.tagged(text) for pair in sentence)

    def tagged(self, text: str) -> list[list[tuple[str, str]]]:
        """The sentences of a text, each split into words as it is: `word_tokenize` would look for sentences again."""
        return [self.model.tag(self.cut(sentence, preserve_line=True)) for sentence in self.split(text)]


class Spacy(System):
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
        from spacy.training import Example

        nlp = spacy.blank("en")
        nlp.add_pipe("tagger")
        examples = []
        for sentence in sentences_of(corpus / CORPUS):
            words, tags = zip(*sentence, strict=True)
            examples.append(Example(Doc(nlp.vocab, words), Doc(nlp.vocab, words, tags=tags)))
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
        return written((token.text, token.tag_) for token in self.nlp(text))


class Stanza(System):
    """Stanza's tagger, without vectors or a language model; its own tokenizer would have to be trained, so plain text
    is cut by the other one that it offers, spaCy's."""

    title = "Stanza, tagger"
    packages = ("stanza", "spacy")
    note = "pip install stanza"
    hidden = ("tensorflow",)
    is_slow = True

    def __init__(self, folder: Path, given_tokens: bool) -> None:
        import stanza

        self.nlp = stanza.Pipeline(
            "en",
            dir=str(folder),
            download_method=None,
            allow_unknown_language=True,
            package=None,
            processors="tokenize,pos",
            tokenize_pretokenized=given_tokens,
            tokenize_with_spacy=not given_tokens,
            pos_model_path=str(folder / "model.pt"),
            pos_pretrain_path=None,
            pos_batch_size=250,  # its own default, which training lowers
            use_gpu=False,
            verbose=False,
        )

    @staticmethod
    def train(corpus: Path, folder: Path) -> None:
        from stanza.models import tagger

        files = ["--train_file", str(corpus / CORPUS), "--eval_file", str(corpus / DEV)]
        names = ["--lang", "en", "--shorthand", "en_corpus", "--save_dir", str(folder), "--save_name", "model.pt"]
        steps = ["--no_pretrain", "--cpu", "--batch_size", "32", "--max_steps", "3", "--eval_interval", "3"]
        tagger.main([*files, *names, *steps])
        (folder / "resources.json").write_text("{}", encoding="utf-8")  # what could be downloaded

    def text(self, paragraphs: Iterable[str]) -> int:
        return sum(document.num_words for document in self.nlp.bulk_process(list(paragraphs)))

    def tokens(self, sentences: list[list[str]]) -> int:
        return self.nlp(sentences).num_words

    def one(self, text: str) -> str:
        return written((word.text, word.upos) for word in self.nlp(text).iter_words())


class Flair(System):
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
        for sentence in sentences_of(corpus / CORPUS):
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
        few = Corpus(FlairDatapointDataset(sentences[:FEW]), FlairDatapointDataset(sentences[:50]), name="few")
        ModelTrainer(model, few).train(folder / "training", max_epochs=1, embeddings_storage_mode="none")
        model.save(folder / "model.pt")
        shutil.rmtree(folder / "training")

    def text(self, paragraphs: Iterable[str]) -> int:
        return self.tagged([sentence for text in paragraphs for sentence in self.splitter.split(text)])

    def tokens(self, sentences: list[list[str]]) -> int:
        return self.tagged([self.sentence(words) for words in sentences])

    def one(self, text: str) -> str:
        sentences = self.splitter.split(text)
        self.model.predict(sentences)
        return written((token.text, token.tag) for sentence in sentences for token in sentence)

    def tagged(self, sentences: list["Sentence"]) -> int:  # noqa: F821
        """Tag sentences of its own kind."""
        self.model.predict(sentences)
        return sum(map(len, sentences))


def system(name: str) -> type[System]:
    """A system by its name, which then imports nothing that it can do without."""
    sys.modules.update(dict.fromkeys(SYSTEMS[name].hidden))
    return SYSTEMS[name]


SYSTEMS: dict[str, type[System]] = {
    each.__name__: each for each in (Float32, Int8, TensorFlow, Nltk, Spacy, Stanza, Flair)
}


def written(pairs: Iterable[tuple[str, str]]) -> str:
    """Words with their tags, for a reader."""
    return " ".join(f"{word}/{tag}" for word, tag in pairs)


def sentences_of(corpus: Path) -> list[list[tuple[str, str]]]:
    """The words and tags of the CoNLL-U that tagging.py writes."""
    blocks = corpus.read_text(encoding="utf-8").split("\n\n")[:-1]
    rows = ([row.split("\t") for row in block.split("\n") if row[0] != "#"] for block in blocks)
    return [[(row[1], row[3]) for row in sentence] for sentence in rows]


def main(name: str, folder: str, *sentence: str) -> None:
    chosen, target = system(name), Path(folder)
    if sentence:
        print(chosen(target, given_tokens=False).one(*sentence), flush=True)
        return
    unfinished = target / f"{name}.part"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    chosen.train(target, unfinished)
    os.replace(unfinished, target / name)


if __name__ == "__main__":
    main(*sys.argv[1:])
