"""The words of a sentence by NLTK's word tokenizer, each where it stands in the text."""

import re
from functools import cache

NOT_SPACE = re.compile(r"\S")


def word_spans(text: str) -> list[tuple[int, int]]:
    """First character and the one after the last of each word of one sentence: NLTK's words, exactly.

    NLTK's own `span_tokenize` looks for its words in the text and stumbles where it has rewritten quotes. But all that
    its tokenizer does to a text is to move white space and to write a double quote as two other characters, a word by
    themselves; so each word starts at the next character that is not white space and is as long as it says.
    """
    spans, at = [], 0
    for word in word_tokenizer().tokenize(text):
        first = NOT_SPACE.search(text, at).start()
        at = first + (1 if text[first] == '"' else len(word))
        spans.append((first, at))
    return spans


@cache
def word_tokenizer():  # noqa: ANN201 - naming its class would import NLTK, which takes a second
    """NLTK's `NLTKWordTokenizer`, the one behind `nltk.word_tokenize`."""
    from nltk.tokenize.destructive import NLTKWordTokenizer

    return NLTKWordTokenizer()
