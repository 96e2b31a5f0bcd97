"""Rules that mark words of a text: phrases and regular expressions, each with the label that it gives.

Regular expressions are those of RE2 (Cox 2010, "Regular Expression Matching in the Wild"), where one search takes time
in proportion to the text and to the program of the expression. What is left, that all matches of an expression may take
as many searches as a text has characters, is bounded by the limits of this module.
"""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from tagger.errors import ConfigError, MissingPackageError
from tagger.packages import install_line
from tagger.text.phrase_index import MOST_WORDS, PhraseIndex
from tagger.text.sentence import Sentence

OUTSIDE = "O"
"""The label of a rule that keeps spans away from words."""
WINNERS = ("rule", "network")
"""Who may win where a rule and the network contradict each other."""
MOST_RULES, MOST_LABELS, MOST_PATTERNS = 1_000, 200, 500
"""Most rules, labels of rules, and regular expressions that are used together. The time to find the best tags grows
with the square of the labels; an expression may take _PATTERN_BYTES of memory."""
LONGEST = 1_000
"""Characters of the longest phrase and of the longest regular expression."""
LARGEST_PROGRAM, MOST_PROGRAM = 5_000, 50_000
"""Instructions of RE2 for one expression, and for all that are used together: `\\pL+` has 1,201, `\\d{6}` has 10."""
_PATTERN_BYTES = 1 << 20
_PIECE = 2_000
"""Characters of a sentence that are searched at once. Searching for all matches takes, at worst, time in proportion to
the square of this. Sentences of raw text are shorter."""
_SURROGATE = re.compile("[\ud800-\udfff]")
"""Half of a surrogate pair, which UTF-8 cannot write and RE2 so not read."""
_QUOTED_CHARACTERS = 60  # of a name or an expression in a message


@dataclass(frozen=True)
class Rule:
    """Marks words by `phrases` or by a regular expression, the `pattern`.

    Phrases are compared in NFC, with plain apostrophes, and whatever the white space between their words is. A match
    must begin and end where words do; with `partial_words` it also marks, whole, the words that it begins or ends in.
    Of a pattern the longest match at a place counts. `check` is told the text of each match of the pattern, and says
    whether it counts: for checksums. Where a match does not count, the search goes on at the next word.

    In a task of spans, a match is a span of the `label`, or none with the label `O`; in another task, each of its words
    has the tag `label`. The `task` may be left out where a model has one task of spans. Where the network marks
    something else, the rule `wins`, and the network decides about the words around it; with "network" the rule marks
    only words that the network leaves free. With `unsure_below` it marks only words of which one has a tag that the
    network gives a lower probability than that. `name` is what outputs call the rule, by default its label.

    Raises ConfigError for what cannot be.
    """

    label: str
    phrases: tuple[str, ...] = ()
    pattern: str = ""
    task: str = ""
    name: str = ""
    ignore_case: bool = False
    partial_words: bool = False
    wins: str = "rule"
    unsure_below: float | None = None
    check: Callable[[str], bool] | None = None

    def __post_init__(self) -> None:
        self._check_types()
        if not self.label or any(map(str.isspace, self.label)):
            raise self.error(f"the label is {self.label[:_QUOTED_CHARACTERS]!r}: give a name without white space")
        if bool(self.phrases) == bool(self.pattern):
            raise self.error("give phrases, or a pattern, and not both")
        if self.wins not in WINNERS:
            raise self.error(f"wins = {self.wins[:_QUOTED_CHARACTERS]!r}: there are {' and '.join(map(repr, WINNERS))}")
        if self.unsure_below is not None and not 0 < self.unsure_below <= 1:
            raise self.error(f"unsure_below = {self.unsure_below}: give a probability over 0, up to 1")
        if self.label == OUTSIDE and self.wins != "rule":
            raise self.error("the label O does nothing where the network wins: leave 'wins' out")
        for text in (self.pattern, *self.phrases):
            if len(text) > LONGEST:
                raise self.error(f"{len(text):,} characters in a phrase or a pattern, which may have {LONGEST:,}")
        for phrase in self.phrases:
            if not 0 < len(phrase.split()) <= MOST_WORDS:
                raise self.error(
                    f"a phrase is empty, or has more than {MOST_WORDS} words: {phrase[:_QUOTED_CHARACTERS]!r}"
                )
        if self.pattern and self.program > LARGEST_PROGRAM:
            raise self.error(
                f"the pattern {self.pattern[:_QUOTED_CHARACTERS]!r} makes a program of {self.program:,} instructions, "
                f"which may have {LARGEST_PROGRAM:,}: repeat less, or use classes such as \\w in place of \\pL"
            )

    def _check_types(self) -> None:
        for key in ("label", "pattern", "task", "name", "wins"):
            if not isinstance(getattr(self, key), str):
                raise ConfigError(f"a rule has the {key} {getattr(self, key)!r}: it must be a string")
        if isinstance(self.phrases, str):
            raise self.error(f"its phrases are a string: write phrases=({self.phrases[:_QUOTED_CHARACTERS]!r},)")
        try:
            object.__setattr__(self, "phrases", tuple(self.phrases))  # as a frozen dataclass sets its fields
        except TypeError:
            raise self.error(f"its phrases are {type(self.phrases).__name__}: give a tuple of strings") from None
        for phrase in self.phrases:
            if not isinstance(phrase, str):
                raise self.error(f"the phrase {str(phrase)[:_QUOTED_CHARACTERS]!r} is no string")
        is_number = isinstance(self.unsure_below, int | float) and not isinstance(self.unsure_below, bool)
        if self.unsure_below is not None and not is_number:
            raise self.error(f"unsure_below = {str(self.unsure_below)[:_QUOTED_CHARACTERS]!r}: it must be a number")

    @property
    def program(self) -> int:
        """The number of RE2's instructions for the pattern; 0 without one."""
        return int(self.regex.programsize) if self.pattern else 0

    @property
    def title(self) -> str:
        """What outputs call the rule."""
        return self.name or self.label

    @cached_property
    def regex(self) -> Any:  # noqa: ANN401 (re2 has no types)
        """The compiled pattern. Raises ConfigError for one that is none, MissingPackageError where RE2 is missing."""
        try:
            import re2
        except ImportError as error:
            raise MissingPackageError(
                f"rules with regular expressions need RE2, which could not be imported ({error}): "
                f"{install_line('rules')}, or write them as phrases"
            ) from None
        options = re2.Options()
        options.log_errors, options.max_mem, options.longest_match = False, _PATTERN_BYTES, True
        options.case_sensitive = not self.ignore_case
        try:
            return re2.compile(self.pattern, options)
        except re2.error as error:
            reason = error.args[0] if error.args else error
            reason = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason
            raise self.error(
                f"the pattern {self.pattern[:_QUOTED_CHARACTERS]!r} is none that RE2 reads: {reason}; it has no look-"
                "around and no back-references (https://github.com/google/re2/wiki/Syntax)"
            ) from None

    def error(self, message: str) -> ConfigError:
        """Return an error that names the rule."""
        return ConfigError(f"the rule {self.title[:_QUOTED_CHARACTERS]!r}: {message}")


class RuleMatch(NamedTuple):
    """The words that a rule matches, from the place `first` to the place `last` in their sentence."""

    rule: Rule
    first: int
    last: int


class RuleMatcher:
    """Finds what rules match in sentences. Any number of threads may use it. Raises ConfigError for too many rules."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        _check_number(rules)
        self.rules = tuple(rules)
        self._patterns = [(number, rule) for number, rule in enumerate(rules) if rule.pattern]
        self._exact, self._folded = (
            PhraseIndex(
                ((number, rule.phrases) for number, rule in enumerate(rules) if rule.ignore_case == ignored),
                ignore_case=ignored,
            )
            for ignored in (False, True)
        )

    def matches(self, sentence: Sentence) -> list[RuleMatch]:
        """Return the matches in a sentence: those of the first rule first, each rule's from left to right.

        Matches of one rule do not overlap, and are the longest of those that begin with one word. Those of several
        rules may overlap.
        """
        found: dict[int, dict[int, int]] = defaultdict(dict)
        for index in (self._exact, self._folded):
            index.search(sentence, found)
        for number, rule in self._patterns:
            for first, last in _pattern_matches(rule, sentence):
                found[number][first] = max(last, found[number].get(first, last))
        matches = []
        for number in sorted(found):
            after = 0
            for first, last in sorted(found[number].items()):
                if first >= after:
                    matches.append(RuleMatch(self.rules[number], first, last))
                    after = last + 1
        return matches


def _check_number(rules: Sequence[Rule]) -> None:
    """Raise ConfigError for more rules than MOST_RULES and the limits beside it allow."""
    if len(rules) > MOST_RULES:
        raise ConfigError(f"more than {MOST_RULES:,} rules: join those with the same label, whose phrases may be many")
    if len({(rule.task, rule.label) for rule in rules}) > MOST_LABELS:
        raise ConfigError(f"the rules have more than {MOST_LABELS} labels: give fewer")
    if sum(bool(rule.pattern) for rule in rules) > MOST_PATTERNS:
        raise ConfigError(f"more than {MOST_PATTERNS} rules with a pattern: join some with |, or write phrases")
    program = sum(rule.program for rule in rules)
    if program > MOST_PROGRAM:
        raise ConfigError(
            f"the patterns of the rules make a program of {program:,} instructions together, which may have "
            f"{MOST_PROGRAM:,}: repeat less, or leave some out"
        )


def _pattern_matches(rule: Rule, sentence: Sentence) -> Iterator[tuple[int, int]]:
    """Yield the first and last word of each match of a pattern."""
    starts = [start - sentence.start for start in sentence.starts]
    ends = [end - sentence.start for end in sentence.ends]
    for begin, end in _pieces(starts, ends):
        text = sentence.text[begin:end]
        readable = text if text.isascii() else _SURROGATE.sub("\ufffd", text)
        at: int | None = 0
        while at is not None:
            matches, at = rule.regex.finditer(readable, at), None
            for match in matches:
                start, stop = match.span()
                words = _words_of(rule, text[start:stop], begin + start, starts, ends)
                if words:
                    yield words
                    continue
                # What begins with a later word, inside a match that does not count, may count.
                following = bisect_right(starts, begin + start)
                if following < len(starts) and starts[following] < begin + stop:
                    at = starts[following] - begin
                    break


def _words_of(rule: Rule, matched: str, at: int, starts: Sequence[int], ends: Sequence[int]) -> tuple[int, int] | None:
    """Return the first and last word of the text that a pattern has matched; None where the match does not count."""
    inner = matched.strip()
    if not inner or (rule.check and not rule.check(matched)):
        return None
    start = at + len(matched) - len(matched.lstrip())
    first, last = bisect_right(ends, start), bisect_left(starts, start + len(inner)) - 1
    if first > last:
        return None
    is_whole = starts[first] == start and ends[last] == start + len(inner)
    return (first, last) if rule.partial_words or is_whole else None


def _pieces(starts: Sequence[int], ends: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the offsets of the pieces in which a sentence is searched: nearly always one, with all of it."""
    first = 0
    while first < len(starts):
        after = max(first + 1, bisect_right(ends, starts[first] + _PIECE))
        yield starts[first], min(ends[after - 1], starts[first] + 2 * _PIECE)
        first = after
