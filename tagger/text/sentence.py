"""Sentences of tokens, with the tags of any number of tasks: the one type that every part of the house knows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from math import prod
from operator import add

from tagger.errors import DataError
from tagger.text.probabilities import Probabilities

TOKENS, SPACE_AFTER, ID, TEXT, LENGTH = "tokens", "space_after", "id", "text", "length"
RESERVED_NAMES = frozenset({TOKENS, SPACE_AFTER, ID, TEXT, LENGTH})
"""What a record says of a sentence beside its tags, so that no task may be called so."""
UNSCORED = "only what a model has tagged, not told to leave the scores out, has a score"


@dataclass(frozen=True, slots=True)
class Token:
    """One word or mark of a sentence, at place `index` in it; `start` and `end` are character offsets in the whole
    input."""

    text: str
    start: int
    end: int
    space_after: bool
    tags: Mapping[str, str]
    index: int = field(default=0, repr=False, compare=False)
    probabilities: Mapping[str, Probabilities] = field(default_factory=dict, repr=False, compare=False)

    def __getitem__(self, task: str) -> str:
        """The token's tag of one task. Raises KeyError, which names those that there are, where it has none."""
        try:
            return self.tags[task]
        except KeyError:
            has = ", ".join(self.tags) or "none"
            raise KeyError(f"the token {self.text!r} has no tag of {task!r}, only of: {has}") from None

    def score(self, task: str) -> float:
        """The model's probability of the tag that it gave. Raises DataError where no model gave it."""
        return self._probabilities_of(task).of_tags([self.tags[task]], self.index)[0]

    def top(self, task: str, count: int = 3) -> list[tuple[str, float]]:
        """The `count` tags that the model held most likely, the best first, each with its probability. Raises DataError
        where no model gave the tag."""
        return self._probabilities_of(task).top(self.index, count)

    def _probabilities_of(self, task: str) -> Probabilities:
        if task not in self.probabilities:
            raise unscored(f"the token {self.text!r}", task, self.tags)
        return self.probabilities[task]


@dataclass(frozen=True, slots=True)
class Span:
    """A labelled run of tokens: `first` to `last` (both inside) by token, `start` to `end` (outside) by character.

    `probability` is the score, None where no model found the span.
    """

    label: str
    text: str
    start: int
    end: int
    first: int
    last: int
    probability: float | None = field(default=None, repr=False, compare=False)

    @property
    def score(self) -> float:
        """The product of the scores of the span's tokens. Raises DataError where no model found the span."""
        if self.probability is None:
            raise DataError(f"the span {self.text!r} ({self.label}) has no score: {UNSCORED}")
        return self.probability


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a sentence was read: the source's own lines, so that the writer of that format gives back what it keeps.

    `lines` have their line ends and begin at line number `line` of `file`; `rows` is the place in them of each token.
    `format` is the reader's own name for how they are written: `conllu`, `columns:token,_,ner`, `jsonl`.
    """

    format: str
    file: str
    line: int
    lines: tuple[str, ...]
    rows: Sequence[int]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as columns: its words, where each stands, and one column of tags for each annotated task.

    `starts` and `ends` count characters of the whole input; `text` is the sentence as it stood and `start` where its
    first character stands. A task that nobody annotated is absent from `tags`. Span tasks are written in IOB2.
    `probabilities` are those of each task that a model has tagged; they do not make two sentences differ.
    """

    words: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    space_after: tuple[bool, ...]
    text: str
    start: int = 0
    id: str = ""
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    origin: Origin | None = field(default=None, repr=False, compare=False)
    probabilities: Mapping[str, Probabilities] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_words(
        cls,
        words: Sequence[str],
        *,
        space_after: Sequence[bool] | None = None,
        tags: Mapping[str, Sequence[str]] | None = None,
        start: int = 0,
        id: str = "",
        origin: Origin | None = None,
    ) -> "Sentence":
        """A sentence of given tokens, its text made of them with a space wherever `space_after` says so (everywhere
        by default, never after the last). Raises DataError when a column is not as long as the words."""
        words = tuple(words)
        spaces = tuple(bool(space) for space in space_after) if space_after is not None else (True,) * len(words)
        columns = {task: tuple(column) for task, column in (tags or {}).items()}
        for name, column in {"space_after": spaces, **columns}.items():
            if len(column) != len(words):
                raise DataError(f"sentence {id or words[:5]!r}: {len(words)} tokens but {len(column)} in '{name}'")
        lengths = list(map(len, words))
        starts = tuple(accumulate(map(add, lengths, spaces), initial=start))[: len(words)]
        ends = tuple(map(add, starts, lengths))
        if all(spaces[:-1]):
            text = " ".join(words)
        else:
            text = "".join([word + " " if space else word for word, space in zip(words, spaces[:-1], strict=False)])
            text += words[-1]
        return cls(words, starts, ends, spaces, text, start, id, columns, origin)

    def __len__(self) -> int:
        return len(self.words)

    def __iter__(self) -> Iterator[Token]:
        for index in range(len(self.words)):
            yield self[index]

    def __getitem__(self, index: int) -> Token:
        """The token at a place in the sentence, negative places counted from its end."""
        return Token(
            self.words[index],
            self.starts[index],
            self.ends[index],
            self.space_after[index],
            {task: column[index] for task, column in self.tags.items()},
            index if index >= 0 else len(self.words) + index,
            self.probabilities,
        )

    @property
    def tokens(self) -> tuple[Token, ...]:
        """The tokens, one object each."""
        return tuple(self)

    @property
    def end(self) -> int:
        """Where the sentence's text ends, in characters of the whole input."""
        return self.start + len(self.text)

    def place(self, index: int = 0) -> str:
        """Where a token was read, as `file:line`; the sentence's id where that is not known."""
        if self.origin is None:
            return self.id or "a sentence"
        return f"{self.origin.file}:{self.origin.line + self.origin.rows[index]}"

    def with_tags(self, task: str, column: Sequence[str]) -> "Sentence":
        """The same sentence with one task's tags set, in place of any it had; they have no score."""
        if len(column) != len(self.words):
            raise DataError(f"sentence {self.id!r}: {len(self.words)} tokens but {len(column)} tags of '{task}'")
        kept = {other: of for other, of in self.probabilities.items() if other != task}
        return replace(self, tags={**self.tags, task: tuple(column)}, probabilities=kept)

    def with_predictions(
        self, tags: Mapping[str, Sequence[str]], probabilities: Mapping[str, Probabilities]
    ) -> "Sentence":
        """The same sentence as a model has tagged it: all of these tasks set, in place of any tags and scores that it
        had of them."""
        columns = {**self.tags, **{task: tuple(column) for task, column in tags.items()}}
        kept = {task: of for task, of in self.probabilities.items() if task not in tags}
        return Sentence(
            self.words,
            self.starts,
            self.ends,
            self.space_after,
            self.text,
            self.start,
            self.id,
            columns,
            self.origin,
            {**kept, **probabilities},
        )

    def scores(self, task: str) -> list[float]:
        """The score of each token, as `Token.score` has it."""
        return self._probabilities(task).of_tags(self.tags[task])

    def tops(self, task: str, count: int = 3) -> list[list[tuple[str, float]]]:
        """The best tags of each token, as `Token.top` has them."""
        return self._probabilities(task).tops(count)

    def _probabilities(self, task: str) -> Probabilities:
        if task not in self.probabilities:
            raise unscored(self.place() if self.words else "a sentence", task, self.tags)
        return self.probabilities[task]

    def spans(self, task: str) -> tuple[Span, ...]:
        """The spans of a task whose tags are written in IOB2."""
        from tagger.text.scheme import spans_from_tags

        tags, probabilities = self.tags[task], self.probabilities.get(task)
        return tuple(
            Span(
                label,
                self.text[self.starts[first] - self.start : self.ends[last] - self.start],
                self.starts[first],
                self.ends[last],
                first,
                last,
                prod(probabilities.of_tags(tags[first : last + 1], first)) if probabilities is not None else None,
            )
            for label, first, last in spans_from_tags(tags)
        )


def unscored(what: str, task: str, tags: Mapping[str, object]) -> DataError:
    """Why something has no score."""
    if task not in tags:
        return DataError(f"{what} has no tag of '{task}'; it has {', '.join(tags) or 'none'}")
    return DataError(f"{what} has no score of '{task}': {UNSCORED}")


Tokenized = Sentence | Sequence[str]
"""A sentence, or its words alone."""


def words_of(sentence: Tokenized) -> Sequence[str]:
    """The words of a sentence."""
    return sentence.words if isinstance(sentence, Sentence) else sentence


def tags_of(sentence: Tokenized, layer: str) -> Sequence[str]:
    """A sentence's tags of one layer, each "" where it does not have that layer."""
    column = sentence.tags.get(layer) if isinstance(sentence, Sentence) else None
    return ("",) * len(sentence) if column is None else column
