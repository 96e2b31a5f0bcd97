"""Sentences that look as if a model had tagged them, with scores that a reader can check by hand."""

from dataclasses import replace

import numpy as np
import pytest

from tagger.annotation.excerpts import Excerpt
from tagger.text.probabilities import Probabilities
from tagger.text.sentence import Sentence
from tagger.text.tokenize import tokenize

TAGS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
NAMES = {"Mira": "B-PER", "Osk": "I-PER", "Varn": "B-LOC", "Nord": "B-LOC", "See": "I-LOC"}
SCORE = 0.8
"""The probability of each predicted tag; the others share the rest."""


def predicted(sentence: Sentence, sure: float = SCORE) -> Sentence:
    tags = [NAMES.get(word, "O") for word in sentence.words]
    probabilities = np.full((len(tags), len(TAGS)), (1 - sure) / (len(TAGS) - 1), np.float32)
    probabilities[range(len(tags)), [TAGS.index(tag) for tag in tags]] = sure
    columns = {tag: column for column, tag in enumerate(TAGS)}
    return sentence.with_predictions({"ner": tags}, {"ner": Probabilities(columns, np.log(probabilities))})


@pytest.fixture(scope="session")
def excerpt():
    """Makes an excerpt of a text, with the names that NAMES has."""

    def make(text, file="pile.txt", **options):
        sentences = list(tokenize(text))
        ends = [*(each.start for each in sentences[1:]), len(text)]
        spaced = [replace(each, after=text[each.end : end]) for each, end in zip(sentences, ends, strict=True)]
        return Excerpt(tuple(map(predicted, spaced)), file, **options).alone()

    return make
