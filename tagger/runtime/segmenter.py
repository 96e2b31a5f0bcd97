"""Raw text to sentences of words, by the segmenter that a model folder holds.

The text is read in passages: whole paragraphs, or parts of long ones with the text around them. The network tags the
units of many passages at once, and the sentences are put together from their tags.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np

from tagger.model.folder import open_model
from tagger.model.segmentation_rules import (
    BOUNDARY,
    GAP,
    INSIDE,
    MULTIWORD,
    SENTENCE_ENDS,
    load_segmentation_rules,
)
from tagger.model.transitions import Transitions
from tagger.runtime.onnx_predictor import OnnxPredictor
from tagger.runtime.unknown_scripts import ScriptRules
from tagger.text.multiword import ONE_WORD
from tagger.text.passages import Passage, PassageCutter, cut_as_they_arrive, passages_of, passages_of_lines
from tagger.text.sentence import Sentence, Tokenized
from tagger.text.tokenize import TextReader, pretokenized
from tagger.text.units import AFTER

FIRST_CHARACTERS = 2_000
"""Characters of the first passages that the network reads at once; each time it may be twice as many as the last."""
CHARACTERS_AT_ONCE = 64_000
"""Most characters of passages that the network reads at once, about."""
BATCH_UNITS = 1024
"""Most padded units of a batch of the network. Measured on EWT, whose paragraphs have all lengths: in batches of 4,096
units two fifths are padding, and they take 1.6 times as long. In text of long paragraphs both take as long."""

LONGEST_TOKEN = 100_000
"""Characters at which a token ends, whatever the network says."""
LONGEST_SENTENCE = 20_000
"""Tokens at which a sentence ends, whatever the network says."""

_AFTER = np.array(AFTER, object)


class Segmenter:
    """A segmenter that was loaded from the folder inside a model folder. Any number of threads may use it."""

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        """Raises ModelError where the folder is damaged or not whole."""
        opened = open_model(folder)
        self.rules = load_segmentation_rules(folder)
        self._scripts = ScriptRules(self.rules.units.scripts, opened.words.ids)
        self._predictor = OnnxPredictor(opened, threads, batch_tokens=BATCH_UNITS)

    def readers(self, *, waits: bool = False) -> Mapping[str, TextReader]:
        """Return the functions that read plain text, as `TEXT_READERS` are.

        `waits` tells that the text may have to wait, for a terminal or a network: then what has arrived is read at
        once. Otherwise the network reads the same passages together each time.
        """
        return {
            "text": partial(self._read, passages_of, waits),
            "lines": partial(self._read, passages_of_lines, waits),
            "pretokenized": pretokenized,
        }

    def sentences_of(self, texts: Sequence[str]) -> Iterator[list[Sentence]]:
        """Yield the sentences of each text; offsets count from the beginning of the text."""
        builder = _SentenceBuilder(self)
        by_text = [list(passages_of([text])) for text in texts]
        passages = chain.from_iterable(by_text)
        tagged = chain.from_iterable(map(self.tags, _in_groups(passages)))
        for own in by_text:
            yield [sentence for each in own for sentence in builder.add(each, next(tagged))]

    def _read(self, cut: PassageCutter, waits: bool, pieces: Iterable[str], start: int = 0) -> Iterator[Sentence]:
        """Yield the sentences of a text that arrives in pieces, such as lines with their ends.

        Offsets count from `start`. Where the text is cut into pieces makes no difference.
        """
        builder = _SentenceBuilder(self)
        groups = cut_as_they_arrive(cut, pieces, start) if waits else _in_groups(cut(pieces, start))
        for passages in groups:
            for passage, tagged in zip(passages, self.tags(passages), strict=True):
                yield from builder.add(passage, tagged)

    def tags(self, passages: Sequence[Passage]) -> "list[_Tagged]":
        """Return the tagged units of each passage, in one run of the network."""
        texts = "\n\n".join(passage.text for passage in passages)
        starts, ends, after = self.rules.units.units(texts)
        firsts = np.cumsum([0, *(len(passage.text) + 2 for passage in passages)])
        bounds = np.searchsorted(starts, firsts)
        begins, finishes = starts.tolist(), ends.tolist()
        words = [texts[first:last] for first, last in zip(begins, finishes, strict=True)]
        after = after.copy()
        for number, passage in enumerate(passages):
            if bounds[number + 1] > bounds[number]:
                after[bounds[number + 1] - 1] = AFTER.index("end" if passage.ends else "space")
        gaps = _AFTER[after].tolist()
        sentences = [
            Sentence(tuple(words[first:last]), (), (), (), "", tags={GAP: tuple(gaps[first:last])})
            for first, last in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)
        ]
        tagged = []
        for number, (passage, found) in enumerate(zip(passages, self._predictor.predict(sentences), strict=True)):
            first, last = bounds[number], bounds[number + 1]
            shift = passage.start - int(firsts[number])
            self._scripts.correct(words[first:last], gaps[first:last], found[BOUNDARY])
            tagged.append(
                _Tagged(starts[first:last] + shift, ends[first:last] + shift, found[BOUNDARY], found.get(MULTIWORD))
            )
        return tagged


class NoTasks:
    """The predictor of a model that is a segmenter alone: it tags nothing."""

    def predict(self, sentences: Sequence[Tokenized]) -> list[dict[str, list[str]]]:
        """No tags, for each sentence."""
        return [{} for _ in sentences]

    def scores(self, sentences: Sequence[Tokenized]) -> list[dict[str, np.ndarray]]:
        """No scores, for each sentence."""
        return [{} for _ in sentences]

    def transitions(self) -> dict[str, Transitions]:
        """No learned transitions."""
        return {}


@dataclass(frozen=True, slots=True)
class _Tagged:
    """The units of a passage with the offsets `[U]` of their starts and ends, and their tags."""

    starts: np.ndarray
    ends: np.ndarray
    boundaries: list[str]
    multiword: list[str] | None


class _SentenceBuilder:
    """Puts sentences together from the tagged units of passages that follow each other."""

    def __init__(self, segmenter: Segmenter) -> None:
        self._segmenter = segmenter
        self._text, self._text_start = "", 0  # of the paragraph, from the end of the last sentence on
        self._token_start = -1  # offset of the open token, -1 where there is none
        self._read = 0  # offset up to which units were read
        self._tokens: list[tuple[int, int, str]] = []  # of the open sentence: offsets, and the rule of its words

    def add(self, passage: Passage, tagged: _Tagged) -> Iterator[Sentence]:
        """Yield the sentences that end in a passage."""
        if passage.begins:
            self._text, self._text_start, self._read = "", passage.first, passage.first
        self._text += passage.text[self._text_start + len(self._text) - passage.start :]
        multiword = tagged.multiword or [ONE_WORD] * len(tagged.boundaries)
        stop = passage.start + len(passage.text)
        units = zip(tagged.starts.tolist(), tagged.ends.tolist(), tagged.boundaries, multiword, strict=True)
        for start, end, tag, rule in units:
            # The context belongs to the passages before and after, but for a unit that is longer than it.
            if end <= self._read or start >= passage.last:
                continue
            if self._token_start < 0:
                self._token_start = max(start, self._read)
            self._read = end
            if end - self._token_start < LONGEST_TOKEN and (tag == INSIDE or (end == stop and not passage.ends)):
                continue
            self._tokens.append((self._token_start, end, rule))
            self._token_start = -1
            if tag == SENTENCE_ENDS or len(self._tokens) >= LONGEST_SENTENCE:
                yield self._sentence()
        if passage.ends:
            if self._token_start >= 0:
                self._tokens.append((self._token_start, self._read, ONE_WORD))
                self._token_start = -1
            if self._tokens:
                yield self._sentence()

    def _sentence(self) -> Sentence:
        """Return the sentence of the tokens that were read, and begin the next."""
        text, shift, split = self._text, self._text_start, self._segmenter.rules.multiword.split
        words: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        spaces: list[bool] = []
        ranges: list[tuple[int, int]] = []
        for start, end, rule in self._tokens:
            token = text[start - shift : end - shift]
            parts = split(rule, token) if rule != ONE_WORD else (token,)
            if len(parts) > 1:
                ranges.append((len(words), len(words) + len(parts) - 1))
                at, spelled = start, "".join(parts) == token
                for part in parts:
                    starts.append(at if spelled else start)
                    ends.append(at + len(part) if spelled else end)
                    at += len(part)
                words += parts
                spaces += [False] * (len(parts) - 1)
            else:
                words.append(" ".join(token.split()))
                starts.append(start)
                ends.append(end)
            after = end - shift
            spaces.append(after >= len(text) or text[after].isspace())
        first, last = self._tokens[0][0], self._tokens[-1][1]
        self._tokens = []
        sentence = Sentence(
            tuple(words),
            tuple(starts),
            tuple(ends),
            tuple(spaces),
            text[first - shift : last - shift],
            first,
            multiword=tuple(ranges),
        )
        self._text, self._text_start = text[last - shift :], last
        return sentence


def _in_groups(passages: Iterable[Passage]) -> Iterator[list[Passage]]:
    """Yield passages in groups that the network reads at once; the first are small, so that sentences come soon.

    An error of the iterable is raised after all passages before it.
    """
    group: list[Passage] = []
    characters, most = 0, FIRST_CHARACTERS
    try:
        for passage in passages:
            group.append(passage)
            characters += len(passage.text)
            if characters >= most:
                yield group
                group, characters, most = [], 0, min(2 * most, CHARACTERS_AT_ONCE)
    except Exception:
        if group:
            yield group
        raise
    if group:
        yield group
