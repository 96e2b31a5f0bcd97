"""What a vocabulary is made of: the words, characters and tags of a split, counted in one pass."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tagger.text.casing import lower_case
from tagger.text.sentence import Sentence


@dataclass
class Counts:
    """How often each word, character and tag was seen, and in how many sentences and tokens."""

    words: Counter[str] = field(default_factory=Counter)
    tags: dict[str, Counter[str]] = field(default_factory=dict)
    sentences: int = 0
    tokens: int = 0
    left_out: int = 0
    """Sentences that were too long to be counted."""

    @property
    def characters(self) -> Counter[str]:
        """How often each character was seen."""
        characters: Counter[str] = Counter()
        for word, count in self.words.items():
            for character in word:
                characters[character] += count
        return characters

    def include(self, other: "Counts") -> None:
        """Count what another has counted too."""
        self.words.update(other.words)
        for task, tags in other.tags.items():
            self.tags.setdefault(task, Counter()).update(tags)
        self.sentences += other.sentences
        self.tokens += other.tokens
        self.left_out += other.left_out

    def lowercased(self) -> Counter[str]:
        """How often each word was seen in any case."""
        words: Counter[str] = Counter()
        for word, count in self.words.items():
            words[lower_case(word)] += count
        return words


def count_split(sentences: Iterable[Sentence], tasks: Sequence[str], max_tokens: int = 0) -> Counts:
    """Count the sentences of at most `max_tokens` tokens, 0 for any length."""
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
    return counts
