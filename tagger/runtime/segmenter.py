"""Raw text to sentences of words, by the segmenter that a model folder holds.

The text is read in passages: whole paragraphs, or parts of long ones with the text around them. The network tags the
units of many passages at once, and the sentences are put together from their tags.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    TOKEN_ENDS,
    load_segmentation_rules,
)
from tagger.model.transitions import Transitions
from tagger.runtime.onnx_predictor import OnnxPredictor
from tagger.runtime.sentence_builder import NOTHING_ENDS, SENTENCE_END, TOKEN_END, SentenceBuilder, TaggedUnits
from tagger.runtime.unknown_scripts import ScriptRules
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

_AFTER = np.array(AFTER, object)
_BOUNDARIES = {INSIDE: NOTHING_ENDS, TOKEN_ENDS: TOKEN_END, SENTENCE_ENDS: SENTENCE_END}
"""Numbers of boundaries, as those of `TaggedUnits`; what another tag marks ends a token."""
_NAMES = {number: name for name, number in _BOUNDARIES.items()}


class Segmenter:
    """A segmenter that was loaded from the folder inside a model folder. Any number of threads may use it."""

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        """Raises ModelError where the folder is damaged or not whole."""
        opened = open_model(folder)
        self.rules = load_segmentation_rules(folder)
        self._scripts = ScriptRules(self.rules.units.scripts, opened.words.ids)
        self._predictor = OnnxPredictor(opened, threads, batch_tokens=BATCH_UNITS)
        tags = {task: vocabulary.entries for task, vocabulary in opened.tags.items()}
        ends = [_BOUNDARIES.get(name, TOKEN_END) for name in tags[BOUNDARY]]
        self._boundaries, self._rules = np.array(ends, np.int8), np.array(tags.get(MULTIWORD, ()), object)

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
        builder = SentenceBuilder(self.rules.multiword)
        by_text = [list(passages_of([text])) for text in texts]
        passages = chain.from_iterable(by_text)
        tagged = chain.from_iterable(map(self.tags, _in_groups(passages)))
        for own in by_text:
            yield [sentence for each in own for sentence in builder.add(each, next(tagged))]

    def _read(self, cut: PassageCutter, waits: bool, pieces: Iterable[str], start: int = 0) -> Iterator[Sentence]:
        """Yield the sentences of a text that arrives in pieces, such as lines with their ends.

        Offsets count from `start`. Where the text is cut into pieces makes no difference.
        """
        builder = SentenceBuilder(self.rules.multiword)
        groups = cut_as_they_arrive(cut, pieces, start) if waits else _in_groups(cut(pieces, start))
        for passages in groups:
            for passage, tagged in zip(passages, self.tags(passages), strict=True):
                yield from builder.add(passage, tagged)

    def tags(self, passages: Sequence[Passage]) -> list[TaggedUnits]:
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
        best = self._predictor.best_columns(sentences)
        boundaries = self._boundaries[best[BOUNDARY]].tobytes()
        rules = self._rules[best[MULTIWORD]].tolist() if MULTIWORD in best else None
        shifts = [passage.start - shift for passage, shift in zip(passages, firsts.tolist(), strict=False)]
        shift = np.repeat(shifts, np.diff(bounds))
        begins, finishes = (starts + shift).tolist(), (ends + shift).tolist()
        tagged = []
        for number, passage in enumerate(passages):
            own = slice(int(bounds[number]), int(bounds[number + 1]))
            found = boundaries[own]
            if not passage.text.isascii():
                found = self._corrected(words[own], gaps[own], found)
            tagged.append(TaggedUnits(begins[own], finishes[own], found, rules[own] if rules else None))
        return tagged

    def _corrected(self, units: Sequence[str], gaps: Sequence[str], boundaries: bytes) -> bytes:
        """Return the numbers of boundaries, corrected in scripts that the network has not read."""
        names = [_NAMES[number] for number in boundaries]
        self._scripts.correct(units, gaps, names)
        return bytes([_BOUNDARIES[name] for name in names])


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
