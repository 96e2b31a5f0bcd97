"""Which excerpts of a pile to annotate first: those of which the model is least sure, and not all alike.

Uncertainty is the margin of the two best paths (Scheffer et al. 2001; Settles and Craven 2008). Excerpts are chosen one
after the other by maximal marginal relevance (Carbonell and Goldstein 1998): each by how useful it is less how like the
most similar excerpt it is that was chosen before. Similarity is the cosine of the words, weighted by inverse document
frequency (Spärck Jones 1972).
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from zlib import crc32

import numpy as np

from tagger.annotation.excerpts import Excerpt
from tagger.text.casing import lower_case

MOST_COMPARED = 8000
"""Candidates that are compared with each other; more are dealt into heaps of so many, so that time stays linear."""
KEPT, HELD = 4, 8
"""Candidates that are kept, and held at most, for each place in the queue."""
_FEATURES = 1 << 16
"""Numbers to which words are hashed; how often each occurs is counted over the whole pile."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An excerpt that may be chosen: how useful it is, from 0 to 1, and the numbers of its words and of its file."""

    excerpt: Excerpt
    use: float
    features: tuple[int, ...]


class AnnotationQueue:
    """Chooses `size` excerpts of any number. Memory depends on the size of the queue, not on that of the pile.

    An excerpt's use is 1 less its margin. Where labels are `sought`, it is the mean of that and of the probability that
    the excerpt has one of them. When too many candidates are held, the same choice reduces them to a few for each
    place. Excerpts without a letter or a digit, and those whose words are those of another candidate, are left out.
    """

    def __init__(self, size: int, *, seeks: bool = False) -> None:
        self._size, self._seeks = size, seeks
        self._held: list[_Candidate] = []
        self._seen: set[tuple[int, ...]] = set()
        self._counts = np.zeros(_FEATURES)  # excerpts of the pile that have each feature
        self._excerpts = 0
        self._least = 0.0  # use less similarity, below which an excerpt is not chosen any more

    def add(self, excerpts: Iterable[Excerpt]) -> None:
        """Offer excerpts to the queue, in the order of the pile."""
        for excerpt in excerpts:
            features = _features(excerpt)
            self._counts[list(features)] += 1
            self._excerpts += 1
            use = 1 - excerpt.margin
            if self._seeks:
                use = (use + excerpt.sought) / 2
            if len(features) < 2 or use < self._least or features in self._seen:
                continue
            self._seen.add(features)
            self._held.append(_Candidate(excerpt, use, features))
            if len(self._held) >= HELD * self._size:
                self._reduce()

    def chosen(self) -> list[Excerpt]:
        """Return the excerpts, the one to annotate first at the front."""
        order, _ = _choose(self._held, self._size, self._weights())
        return [self._held[number].excerpt for number in order]

    def _reduce(self) -> None:
        order, self._least = _choose(self._held, KEPT * self._size, self._weights())
        self._held = [self._held[number] for number in sorted(order)]
        self._seen = {candidate.features for candidate in self._held}

    def _weights(self) -> np.ndarray:
        """Return the inverse document frequency of each feature; above 0, so that no excerpt is without weight."""
        weights: np.ndarray = np.log((2 + self._excerpts) / (1 + self._counts))
        return weights


def _features(excerpt: Excerpt) -> tuple[int, ...]:
    """Return the numbers of an excerpt's words, in lower case, and of its file; of the file alone without any word."""
    words = {lower_case(word) for sentence in excerpt.sentences for word in sentence.words}
    named = {f"word {word}" for word in words if any(map(str.isalnum, word))} | {f"file {excerpt.file}"}
    return tuple(sorted({crc32(name.encode("utf-8", "replace")) % _FEATURES for name in named}))


def _choose(candidates: Sequence[_Candidate], count: int, weights: np.ndarray) -> tuple[list[int], float]:
    """Return the numbers of at most `count` candidates, best first, and the use less the similarity of the last."""
    heaps = math.ceil(len(candidates) / MOST_COMPARED)
    found = [
        (-gain, heap + heaps * number)
        for heap in range(heaps)
        for number, gain in _choose_of_heap(candidates[heap::heaps], math.ceil(count / heaps), weights)
    ]
    order = sorted(found, key=itemgetter(0))[:count] if heaps > 1 else found[:count]
    return [number for _, number in order], -order[-1][0] if order else 0.0


def _choose_of_heap(candidates: Sequence[_Candidate], count: int, weights: np.ndarray) -> Iterator[tuple[int, float]]:
    """Yield the numbers of at most `count` candidates, best first, with the use less the similarity of each."""
    rows: dict[int, list[int]] = defaultdict(list)
    for number, candidate in enumerate(candidates):
        for feature in candidate.features:
            rows[feature].append(number)
    having = {feature: np.array(numbers) for feature, numbers in rows.items()}
    lengths = np.sqrt([sum(weights[feature] ** 2 for feature in each.features) for each in candidates])
    uses = np.array([candidate.use for candidate in candidates])
    similar = np.zeros(len(candidates))  # to the most similar of those chosen
    for _ in range(min(count, len(candidates))):
        best = int(np.argmax(uses - similar))  # of equals, the first in the pile
        yield best, float(uses[best] - similar[best])
        shared = np.zeros(len(candidates))
        for feature in candidates[best].features:
            shared[having[feature]] += weights[feature] ** 2
        similar = np.maximum(similar, shared / (lengths * lengths[best]))
        similar[best] = np.inf
