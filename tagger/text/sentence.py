"""`Sentence`: words with their places in the text and the tags of any number of tasks."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from math import prod
from operator import add

from tagger.errors import DataError
from tagger.text.html_page import fragment, in_fragment
from tagger.text.probabilities import Probabilities
from tagger.text.scheme import spans_from_tags

TOKENS, SPACE_AFTER, ID, TEXT, LENGTH = "tokens", "space_after", "id", "text", "length"
SURFACE, AFTER, PARAGRAPH = "surface", "after", "paragraph"
"""Keys under which a record holds the parts of a sentence other than its tags."""
RESERVED_NAMES = frozenset({TOKENS, SPACE_AFTER, ID, TEXT, LENGTH, SURFACE, AFTER, PARAGRAPH})
"""Names that no task may have, because records use them as keys for other things."""
_UNSCORED = "only what a model has tagged, not told to leave the scores out, has a score"


@dataclass(frozen=True, slots=True)
class Token:
    """One word or punctuation mark of a sentence, with its tags.

    `start` and `end` are character offsets in the whole input, `index` is the token's place in its sentence.
    """

    text: str
    start: int
    end: int
    space_after: bool
    tags: Mapping[str, str]
    index: int = field(default=0, repr=False, compare=False)
    probabilities: Mapping[str, Probabilities] = field(default_factory=dict, repr=False, compare=False)

    def __getitem__(self, task: str) -> str:
        """Return the token's tag of one task.

        Raises KeyError that names the tasks that the token has.
        """
        try:
            return self.tags[task]
        except KeyError:
            has = ", ".join(self.tags) or "none"
            raise KeyError(f"the token {self.text!r} has no tag of {task!r}, only of: {has}") from None

    def score(self, task: str) -> float:
        """Return the model's probability of the token's tag.

        Raises DataError where no model predicted the tag.
        """
        return self._probabilities_of(task).of_tags([self.tags[task]], self.index)[0]

    def top(self, task: str, count: int = 3) -> list[tuple[str, float]]:
        """Return the `count` most probable tags, best first, with probabilities.

        Raises DataError where no model predicted the tag.
        """
        return self._probabilities_of(task).top(self.index, count)

    def _probabilities_of(self, task: str) -> Probabilities:
        if task not in self.probabilities:
            raise _no_score(f"the token {self.text!r}", task, self.tags)
        return self.probabilities[task]


@dataclass(frozen=True, slots=True)
class Span:
    """A labelled run of tokens, such as `PER` over `Ada Lovelace`.

    `first` and `last` are the places of its first and its last token in the sentence. `start` and `end` are character
    offsets in the whole input; `end` is exclusive.
    """

    label: str
    text: str
    start: int
    end: int
    first: int
    last: int
    _tags: tuple[str, ...] = field(default=(), repr=False, compare=False)
    _probabilities: Probabilities | None = field(default=None, repr=False, compare=False)
    rule: str = field(default="", repr=False)
    """The name of the rule that has marked it; empty where none has."""

    @property
    def probability(self) -> float | None:
        """Product of the probabilities of the tags of the span's tokens; None where no model predicted the span."""
        if self._probabilities is None:  # otherwise computed here, because few are asked for
            return None
        return prod(self._probabilities.of_tags(self._tags, self.first))

    @property
    def score(self) -> float:
        """Product of the probabilities of the tags of the span's tokens.

        Raises DataError where no model predicted the span.
        """
        probability = self.probability
        if probability is None:
            raise DataError(f"the span {self.text!r} ({self.label}) has no score: {_UNSCORED}")
        return probability


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a sentence was read, with its source lines.

    With these, a writer of the same format can return everything that it does not change.

    `lines` include their line ends and begin at line `line` (from 1) of `file`. `rows` has the index in `lines` of each
    token. `format` is the reader's name for the format: `conllu`, `columns:token,_,ner`, `jsonl`. A sentence that a
    program gave has no lines and rows: `file` then names it, such as `sentence 5`.
    """

    format: str
    file: str
    line: int
    lines: tuple[str, ...]
    rows: Sequence[int]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, stored as columns: words, their character offsets, and the tags of each task.

    `starts` and `ends` are character offsets in the whole input, `text` is the sentence as it stood there, and `start`
    the offset of its first character. `tags` has a column for each annotated task; spans are written in IOB2.
    `multiword` has the places of the first and the last word of each multiword token, such as `zum` for `zu` and `dem`;
    every other word is a token of its own. Words that do not stand in the text have the offsets of their token.
    `by_rule` has, by task, the name of the rule that marked the span, or the word, at a place.
    `after` is the white space between this sentence and the next one of its source, None where the source does not say
    where white space stands, and `paragraph` tells whether a paragraph or document begins with this sentence.
    `document` is the name of the document that it is from; empty where that is unknown. `probabilities` has an entry
    for each task that a model has tagged. Probabilities, origin and document are ignored when sentences are compared.
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
    multiword: tuple[tuple[int, int], ...] = ()
    after: str | None = None
    paragraph: bool = False
    by_rule: Mapping[str, Mapping[int, str]] | None = field(default=None, repr=False, compare=False)
    document: str = field(default="", repr=False, compare=False)

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
        """Return a sentence of these words, whose text is the words joined by spaces.

        `space_after` says after which words a space stands; by default after every one. None is added after the last.
        Raises DataError where a column is not as long as the words.
        """
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
        """Return the token at a place; negative places count from the end."""
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
        """All tokens of the sentence."""
        return tuple(self)

    @property
    def token_places(self) -> tuple[tuple[int, int], ...]:
        """Places of the first and the last word of each token; most tokens are one word."""
        if not self.multiword:
            return tuple((place, place) for place in range(len(self.words)))
        places, at = [], 0
        for first, last in self.multiword:
            places += [(place, place) for place in range(at, first)]
            places.append((first, last))
            at = last + 1
        return (*places, *((place, place) for place in range(at, len(self.words))))

    @property
    def token_offsets(self) -> tuple[tuple[int, int], ...]:
        """Character offsets, in the whole input, of the start and the end of each token."""
        return tuple((self.starts[first], self.ends[last]) for first, last in self.token_places)

    def text_of(self, first: int, last: int) -> str:
        """Return the text from the first to the last of some words, as it stands in the sentence."""
        return self.text[self.starts[first] - self.start : self.ends[last] - self.start]

    @property
    def end(self) -> int:
        """Character offset, in the whole input, at which the sentence's text ends."""
        return self.start + len(self.text)

    def place(self, index: int = 0) -> str:
        """Return where a token was read, as `file:line`, or the sentence's id if unknown."""
        if self.origin is None:
            return self.id or "a sentence"
        if not self.origin.rows:
            return self.origin.file
        return f"{self.origin.file}:{self.origin.line + self.origin.rows[index]}"

    def with_tags(self, task: str, column: Sequence[str]) -> "Sentence":
        """Return a copy with the tags of one task replaced or added; they have no probabilities."""
        if len(column) != len(self.words):
            raise DataError(f"sentence {self.id!r}: {len(self.words)} tokens but {len(column)} tags of '{task}'")
        kept = {other: held for other, held in self.probabilities.items() if other != task}
        tags = {**self.tags, task: tuple(column)}
        return replace(self, tags=tags, probabilities=kept, by_rule=self._rules_but_of([task]))

    def with_rules(self, by_rule: Mapping[str, Mapping[int, str]]) -> "Sentence":
        """Return a copy with the names of the rules that marked spans of some tasks, by their first words."""
        return replace(self, by_rule={**(self.by_rule or {}), **by_rule})

    def _rules_but_of(self, tasks: Collection[str]) -> Mapping[str, Mapping[int, str]] | None:
        return self.by_rule and {task: names for task, names in self.by_rule.items() if task not in tasks}

    def with_predictions(
        self, tags: Mapping[str, Sequence[str]], probabilities: Mapping[str, Probabilities]
    ) -> "Sentence":
        """Return a copy with a model's predictions.

        The predictions replace any tags and probabilities of the same tasks.
        """
        columns = {**self.tags, **{task: tuple(column) for task, column in tags.items()}}
        kept = {task: held for task, held in self.probabilities.items() if task not in tags}
        held, rules = {**kept, **probabilities}, self._rules_but_of(tags.keys())
        words = (self.words, self.starts, self.ends, self.space_after, self.text, self.start, self.id)
        others = (self.multiword, self.after, self.paragraph, rules, self.document)
        return Sentence(*words, columns, self.origin, held, *others)

    def scores(self, task: str) -> list[float]:
        """Return the probability of each token's tag.

        Raises DataError where no model predicted the tags.
        """
        return self._probabilities_of(task).of_tags(self.tags[task])

    def tops(self, task: str, count: int = 3) -> list[list[tuple[str, float]]]:
        """Return the `count` most probable tags of each token, best first, with probabilities.

        Raises DataError where no model predicted the tags.
        """
        return self._probabilities_of(task).tops(count)

    def _probabilities_of(self, task: str) -> Probabilities:
        if task not in self.probabilities:
            raise _no_score(self.place() if self.words else "a sentence", task, self.tags)
        return self.probabilities[task]

    def to_html(
        self, tasks: Sequence[str] | None = None, *, span_tasks: Collection[str] | None = None, top: int = 0
    ) -> str:
        """Return the sentence as a piece of HTML: spans coloured, other tags under the words, scores on hover.

        `tasks` are those shown, by default all, and `span_tasks` those whose tags make spans, by default those in IOB2.
        With `top`, the most probable tags of each word are shown on hover. It has a style of its own, which changes
        nothing else of the page that it is put in; a notebook shows it.
        """
        return fragment([in_fragment(self, tasks, span_tasks, top)])

    def _repr_html_(self) -> str:
        """Return what a notebook shows of the sentence."""
        return self.to_html(top=3)

    def spans(self, task: str) -> tuple[Span, ...]:
        """Return the spans of a task, whose tags are in IOB2."""
        tags, probabilities = self.tags[task], self.probabilities.get(task)
        rules = self.by_rule.get(task, {}) if self.by_rule else {}
        return tuple(
            Span(
                label,
                self.text_of(first, last),
                self.starts[first],
                self.ends[last],
                first,
                last,
                tags[first : last + 1] if probabilities is not None else (),
                probabilities,
                rules.get(first, ""),
            )
            for label, first, last in spans_from_tags(tags)
        )


def _no_score(what: str, task: str, tags: Mapping[str, object]) -> DataError:
    """Return the error that says why something has no score."""
    if task not in tags:
        return DataError(f"{what} has no tag of '{task}'; it has {', '.join(tags) or 'none'}")
    return DataError(f"{what} has no score of '{task}': {_UNSCORED}")


Tokenized = Sentence | Sequence[str]
"""A sentence, or only its words."""


def words_of(sentence: Tokenized) -> Sequence[str]:
    """Return the words of a sentence."""
    return sentence.words if isinstance(sentence, Sentence) else sentence


def tags_of(sentence: Tokenized, layer: str) -> Sequence[str]:
    """Return a sentence's tags of one layer; "" for each word if it does not have that layer."""
    column = sentence.tags.get(layer) if isinstance(sentence, Sentence) else None
    return ("",) * len(sentence) if column is None else column
