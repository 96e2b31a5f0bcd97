"""NLTK's Punkt, as it comes for English, and NLTK's word tokenizer."""

from pathlib import Path

from adapters.interfaces import RawTextAdapter, bare_conllu


class NltkTokenizers(RawTextAdapter[list[list[str]]]):
    """Punkt's English sentences, and NLTK's words in each of them; nothing is trained."""

    title = "NLTK, Punkt"
    packages = ("nltk",)
    languages = frozenset({"en"})
    trained = False

    def __init__(self, folder: Path, language: str) -> None:
        from nltk.tokenize import PunktTokenizer
        from nltk.tokenize.destructive import NLTKWordTokenizer

        self.punkt, self.words = PunktTokenizer("english"), NLTKWordTokenizer()

    @staticmethod
    def train(splits: Path, folder: Path, language: str, seed: int) -> None:
        """Do nothing: NLTK's data has the English model of Punkt."""

    def tag(self, paragraphs: list[str]) -> list[list[str]]:
        sentences = (text[a:b] for text in paragraphs for a, b in self.punkt.span_tokenize(text))
        return [[sentence[a:b] for a, b in self.words.span_tokenize(sentence)] for sentence in sentences]

    def as_conllu(self, tagged: list[list[str]]) -> str:
        return bare_conllu(tagged)
