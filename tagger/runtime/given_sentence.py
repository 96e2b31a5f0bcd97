"""What a program gives to be tagged, as a Sentence."""

from tagger.errors import DataError
from tagger.text.sentence import Sentence, Tokenized


def as_sentence(given: Tokenized) -> Sentence:
    """Return a Sentence as it is, or made of a list of words. Raises DataError for anything else."""
    if isinstance(given, Sentence):
        return given
    if isinstance(given, (str, bytes)):
        raise DataError(f"a sentence is a list of words, not a string: give {given[:50]!r} to model() or stream()")
    try:
        return Sentence.from_words(given)
    except TypeError as error:
        raise DataError(f"a sentence is a list of words, each a string: {str(given)[:50]} is none ({error})") from None
