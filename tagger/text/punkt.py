"""Sentence boundaries by NLTK's Punkt (Kiss and Strunk 2006), with its model or without."""

import logging
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import pairwise
from string import whitespace
from typing import TYPE_CHECKING

from tagger.text.equivalents import with_plain_space
from tagger.text.nltk_modules import compile_with_re, nltk_module
from tagger.text.sentence_ends import ABBREVIATIONS, HELD, STARTERS, further_starts, goes_on

if TYPE_CHECKING:
    from nltk.tokenize.punkt import PunktSentenceTokenizer

CACHE_SIZE = 1 << 14
"""Results in each of a splitter's two caches."""
_LONGEST_CACHED = 60
"""Characters of the longest text that is cached; longer ones rarely occur again."""
_LONGEST_CHUNK = 1000
"""Characters before a mark that are read; without white space there may be many more."""


def sentence_starts(text: str) -> list[int]:
    """Return the offset at which each sentence of a paragraph starts, never at white space.

    A blank text has none. The starts are Punkt's, but for what `sentence_ends` and `equivalents` list.
    """
    starts = splitter(tokenizer()).starts(with_plain_space(text))
    further = [] if text.isascii() else list(further_starts(text))
    return sorted({*starts, *further}) if further else starts


@cache
def tokenizer() -> "PunktSentenceTokenizer":
    """Return Punkt with its English model.

    Where that is not installed, use this module's word lists and log a warning.
    """
    punkt = nltk_module("nltk.tokenize.punkt")
    parameters = punkt.PunktParameters()
    try:
        parameters.abbrev_types.update(_model_lines("abbrev_types.txt"))
        parameters.sent_starters.update(_model_lines("sent_starters.txt"))
        parameters.collocations.update(tuple(line.split("\t")) for line in _model_lines("collocations.tab"))
        contexts = (line.split("\t") for line in _model_lines("ortho_context.tab"))
        parameters.ortho_context = _ZeroDefault({word: int(flags) for word, flags in contexts})
    except LookupError:
        logging.getLogger(__name__).warning(
            "Punkt's English model is not installed, so sentences are split by a short list of abbreviations; "
            "python -m nltk.downloader punkt_tab installs it"
        )
        parameters = punkt.PunktParameters()
        parameters.abbrev_types.update(ABBREVIATIONS)
        parameters.sent_starters.update(STARTERS)
        parameters.ortho_context = _ZeroDefault()
    return punkt.PunktSentenceTokenizer(parameters)


def _model_lines(name: str) -> list[str]:
    """Return the lines of a file of Punkt's English model.

    Raises LookupError where NLTK does not find it. NLTK's own reader handles the twenty thousand lines one by one,
    which takes as long as everything else that is needed to split the first sentence.
    """
    with nltk_module("nltk.data").find(f"tokenizers/punkt_tab/english/{name}").open() as file:
        content: bytes = file.read()
        return content.decode("utf-8").splitlines()


class _ZeroDefault(dict[str, int]):
    """Zero for a missing key, which is not added.

    Punkt's own defaultdict would grow with every word of the text.
    """

    def __missing__(self, key: str) -> int:
        return 0


class _Splitter:
    """Finds the sentences that Punkt's `span_tokenize` finds, with fewer calls of its model, but for `goes_on`.

    White space must be plain (`with_plain_space`).

    A candidate is a `.`, `?` or `!` before white space, a quote or a bracket. Punkt takes the text before it back to
    white space (here called its chunk) and the text after it, tokenizes both, and applies its model. But `?` and `!`
    always end a sentence, and so do most chunks, whatever follows. Only abbreviations, initials, numbers, dots and
    first words of collocations may not.
    """

    def __init__(self, punkt: "PunktSentenceTokenizer") -> None:
        self.punkt = punkt
        self.candidate = compile_with_re(punkt._lang_vars.period_context_re())
        self.closing = compile_with_re(punkt._lang_vars.re_boundary_realignment)
        self.collocated = {first for first, _ in punkt._params.collocations}
        self.known = self.collocated.union(punkt._params.abbrev_types, HELD)
        self.always_ends = lru_cache(CACHE_SIZE)(self.chunk_always_ends)
        self.ends_before = lru_cache(CACHE_SIZE)(punkt.text_contains_sentbreak)

    def starts(self, text: str) -> list[int]:
        """Return the offsets at which the sentences of a text start."""
        starts, first = [], 0
        breaks = [*self.breaks(text), (len(text.rstrip()), len(text))]
        for (end, following), (next_end, _) in pairwise(breaks):
            # Closing quotes and brackets after the mark, and the white space after them, belong to the sentence.
            closing = None if text[following].isalnum() else self.closing.match(text, following, next_end)
            if closing or first < end:
                starts.append(first)
            first = closing.end() if closing else following
        if first < breaks[-1][0]:
            starts.append(first)
        return starts

    def breaks(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where each sentence ends, and where the text continues after white space."""
        for first, candidate in self.candidates(text):
            stop = candidate.end()
            following = candidate.start("next_tok") if candidate["next_tok"] else stop
            if self.ends(text[max(first, stop - _LONGEST_CHUNK) : stop], candidate["after_tok"]) and not (
                text[stop - 1] == "." and goes_on(text, first, stop, following)
            ):
                yield stop, following

    def candidates(self, text: str) -> Iterator[tuple[int, re.Match[str]]]:
        """Yield the start of each chunk, and its last candidate."""
        first, before, last = 0, 0, None
        for candidate in self.candidate.finditer(text):
            blank = max([text.rfind(white, before, candidate.start()) for white in whitespace])
            start = blank + 1 if blank > before else first
            if last and before <= start:  # of two marks alone in a chunk, Punkt takes both
                yield first, last
            first, before, last = start, candidate.start(), candidate
        if last:
            yield first, last

    def ends(self, chunk: str, after: str) -> bool:
        """Return whether a sentence ends with this chunk, given the text after it."""
        word = chunk[:-1]
        if chunk[-1] != "." or (len(word) > 1 and word.isascii() and word.isalpha() and word.lower() not in self.known):
            return True
        if len(chunk) + len(after) > _LONGEST_CACHED:
            found: bool = self.punkt.text_contains_sentbreak(chunk + after)
            return found
        return self.always_ends(chunk) or self.ends_before(chunk + after)

    def chunk_always_ends(self, chunk: str) -> bool:
        """Return whether a sentence always ends with this chunk, whatever follows.

        A sentence always ends there if Punkt's first pass ends it and none of Punkt's later rules could change that.
        """
        *_, last = self.punkt._annotate_first_pass(self.punkt._tokenize_words(chunk))
        kind = last.type_no_period
        may_change = last.is_initial or kind == "##number##" or kind in self.collocated
        return bool(last.sentbreak and not may_change and len(chunk.split()) == 1)


@cache
def splitter(punkt: "PunktSentenceTokenizer") -> _Splitter:
    """Return the splitter, with its caches, of a Punkt tokenizer."""
    return _Splitter(punkt)
