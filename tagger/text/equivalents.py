"""Characters that NLTK's rules do not know, replaced one for one by characters that they do.

The replaced text is what NLTK reads; offsets and words are those of the original.
"""

import re

_SEPARATORS = "\x1c-\x1f"
"""Information separators: white space for Python and its `re`, but not for the `regex` package, which NLTK uses."""
_APOSTROPHE = re.compile(
    f"[{_SEPARATORS}]|’|(?<=[^\\W\\d_])[\u00b4\u02b9\u02bb\u02bc\u02bd\u02c8\u2018\u201b\u2032\u055a\u07f4\u07f5\ua78c\uff07]"
    r"(?=[^\W\d_])"
)
"""The right single quotation mark wherever it stands; between two letters also marks that are typed in its place, of
which some are letters of other languages."""
_SPACE = re.compile(f"[{_SEPARATORS}\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")


def with_plain_apostrophes(sentence: str) -> str:
    """Return a sentence of the same length whose apostrophes are all `'`, and information separators blanks.

    So `don’t`, `it’s` and `O’Tol` are cut as `don't`, `it's` and `O'Tol`.
    """
    if sentence.isascii() and sentence.isprintable():
        return sentence
    return _APOSTROPHE.sub(lambda found: " " if found[0] in "\x1c\x1d\x1e\x1f" else "'", sentence)


def with_plain_space(text: str) -> str:
    """Return a text of the same length whose white space is all ASCII: blanks and line feeds.

    Punkt looks for the word before a full stop back to ASCII white space, and would take whole paragraphs for a word.
    """
    if text.isprintable():  # white space other than blanks is not printable
        return text
    return _SPACE.sub(lambda found: "\n" if found[0] in "\x85\u2028\u2029" else " ", text)
