"""Counts of the words, characters and tags of a split, from which vocabularies are made."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tagger.text.casing import lower_case
from tagger.text.composing import composed, is_composed
from tagger.text.sentence import Sentence

MOST_WORDS = 4_000_000
"""Distinct words of a text of any size that are counted at once."""


@dataclass
class Counts:
    """How often each word, in NFC, and each tag occurs, and the number of sentences and tokens counted."""

    words: Counter[str] = field(default_factory=Counter)
    tags: dict[str, Counter[str]] = field(default_factory=dict)
    sentences: int = 0
    tokens: int = 0
    decomposed: int = 0
    """Distinct words that are not in NFC; `words` has them in NFC."""
    left_out: int = 0
    """Sentences that were too long and are not counted."""

    @property
    def characters(self) -> Counter[str]:
        """How often each character occurs."""
        characters: Counter[str] = Counter()
        for word, count in self.words.items():
            for character in word:
                characters[character] += count
        return characters

    def include(self, other: "Counts") -> None:
        """Add the counts of another."""
        self.words.update(other.words)
        for task, tags in other.tags.items():
            self.tags.setdefault(task, Counter()).update(tags)
        self.sentences += other.sentences
        self.tokens += other.tokens
        self.decomposed += other.decomposed
        self.left_out += other.left_out

    def lowercased(self) -> Counter[str]:
        """How often each word occurs, all words in lower case."""
        words: Counter[str] = Counter()
        for word, count in self.words.items():
            words[lower_case(word)] += count
        return words


def count_split(sentences: Iterable[Sentence], tasks: Sequence[str], max_tokens: int = 0) -> Counts:
    """Count the sentences that have at most `max_tokens` tokens; 0 counts all."""
    counts = Counts(tags={task: Counter() for task in tasks})
    for sentence in sentences:
        if max_tokens and len(sentence) > max_tokens:
            counts.left_out += 1
            continue
        counts.sentences += 1
        counts.tokens += len(sentence)
        counts.words.update(sentence.words)
        for task in tasks:
            if task in sentence.tags:
                counts.tags[task].update(sentence.tags[task])
    for word in [word for word in counts.words if not is_composed(word)]:
        counts.words[composed(word)] += counts.words.pop(word)
        counts.decomposed += 1
    for tags in counts.tags.values():
        del tags[""]  # tokens that are not annotated
    return counts


def without_rarest(words: Counter[str]) -> Counter[str]:
    """Return counts as they are or, of over MOST_WORDS words, without the rarest, which are at least a half."""
    if len(words) <= MOST_WORDS:
        return words
    least, kept = 1, words
    while len(kept) > len(words) // 2:
        least += 1
        kept = Counter({word: count for word, count in kept.items() if count >= least})
    return kept
