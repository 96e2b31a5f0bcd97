"""Train your own part-of-speech or entity tagger in minutes, and tag text with it."""

from tagger.errors import TaggerError
from tagger.runtime.tagger import Tagger, load
from tagger.text.notebook import to_html
from tagger.text.sentence import Sentence, Span, Token
from tagger.version import __version__

__all__ = ["Sentence", "Span", "Tagger", "TaggerError", "Token", "__version__", "load", "to_html"]
