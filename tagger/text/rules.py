"""Rules that mark words of a text: phrases and regular expressions, each with the label that it gives.

Regular expressions are those of RE2 (Cox 2010, "Regular Expression Matching in the Wild"), which takes time in
proportion to the text whatever the expression: a rule of a stranger cannot make a program hang.
"""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from tagger.errors import ConfigError, MissingPackageError
from tagger.packages import install_line
from tagger.text.casing import lower_case
from tagger.text.composing import composed
from tagger.text.equivalents import with_plain_apostrophes
from tagger.text.sentence import Sentence

OUTSIDE = "O"
"""The label of a rule that keeps spans away from words."""
WINNERS = ("rule", "network")
"""Who may win where a rule and the network contradict each other."""
MOST_PATTERNS = 500
"""Most regular expressions that are used together; each may take _PATTERN_BYTES of memory."""
LONGEST = 1_000
"""Characters of the longest phrase and of the longest regular expression."""
MOST_WORDS = 50
"""Words of the longest phrase, which bounds the time that a sentence takes."""
_PATTERN_BYTES = 1 << 20
_PIECE = 5_000
"""Characters of a sentence that are searched at once. Searching for all matches takes, at worst, time in proportion to
the square of this. Sentences of raw text are shorter."""
_SPACE = re.compile(r"\s+")
_SURROGATE = re.compile("[\ud800-\udfff]")
"""Half of a surrogate pair, which UTF-8 cannot write and RE2 so not read."""
_QUOTED_CHARACTERS = 60  # of a name or an expression in a message


@dataclass(frozen=True)
class Rule:
    """Marks words by `phrases` or by a regular expression, the `pattern`.

    Phrases are compared without white space, in NFC, with plain apostrophes. A match must begin and end where words do;
    with `partial_words` it also marks, whole, the words that it begins or ends in. `check` is told the text of each
    match of the pattern, and says whether it counts: for checksums.

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
        if self.pattern:
            self.regex.search("")

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
        options.log_errors, options.max_mem = False, _PATTERN_BYTES
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
        if sum(bool(rule.pattern) for rule in rules) > MOST_PATTERNS:
            raise ConfigError(f"more than {MOST_PATTERNS} rules with a pattern: join some with |, or write phrases")
        self.rules = tuple(rules)
        self._patterns = [(number, rule) for number, rule in enumerate(rules) if rule.pattern]
        self._exact, self._folded = (_PhraseIndex(rules, ignore_case=ignored) for ignored in (False, True))

    def matches(self, sentence: Sentence) -> list[RuleMatch]:
        """Return the matches in a sentence: those of the first rule first, each rule's from left to right.

        Matches of one rule do not overlap, and are the longest of those that begin with one word. Those of several
        rules may overlap.
        """
        found: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for index in (self._exact, self._folded):
            index.search(sentence.words, found)
        for number, rule in self._patterns:
            for first, last in _pattern_matches(rule, sentence):
                found[number].append((first, last))
        matches = []
        for number in sorted(found):
            after = 0
            for first, last in sorted(found[number], key=lambda place: (place[0], -place[1])):
                if first >= after:
                    matches.append(RuleMatch(self.rules[number], first, last))
                    after = last + 1
        return matches


class _PhraseIndex:
    """The phrases of those rules that heed case, or of those that ignore it."""

    def __init__(self, rules: Sequence[Rule], *, ignore_case: bool) -> None:
        by_phrase: dict[str, dict[int, None]] = defaultdict(dict)
        for number, rule in enumerate(rules):
            if rule.ignore_case == ignore_case:
                for phrase in rule.phrases:
                    by_phrase[_SPACE.sub("", _form(phrase, ignore_case=ignore_case))][number] = None
        self._rules: Mapping[str, Iterable[int]] = by_phrase
        self._sorted = sorted(by_phrase)
        self._ignore_case = ignore_case

    def search(self, words: Sequence[str], found: dict[int, list[tuple[int, int]]]) -> None:
        """Add the first and last word of each phrase in some words to `found`, by the number of its rule."""
        phrases = self._sorted
        if not phrases:
            return
        forms = [_form(word, ignore_case=self._ignore_case) for word in words]
        for first in range(len(forms)):
            joined = ""
            for last in range(first, min(first + MOST_WORDS, len(forms))):
                joined += forms[last]
                at = bisect_left(phrases, joined)
                if at == len(phrases) or not phrases[at].startswith(joined):
                    break
                if phrases[at] == joined:
                    for number in self._rules[joined]:
                        found[number].append((first, last))


def _form(text: str, *, ignore_case: bool) -> str:
    """Return a text as phrases are compared."""
    form = text if text.isascii() else with_plain_apostrophes(composed(text))
    return lower_case(form) if ignore_case else form


def _pattern_matches(rule: Rule, sentence: Sentence) -> Iterator[tuple[int, int]]:
    """Yield the first and last word of each match of a pattern."""
    starts = [start - sentence.start for start in sentence.starts]
    ends = [end - sentence.start for end in sentence.ends]
    for begin, end in _pieces(starts, ends):
        text = sentence.text[begin:end]
        readable = text if text.isascii() else _SURROGATE.sub("\ufffd", text)
        for match in rule.regex.finditer(readable):
            start, stop = match.span()
            matched = text[start:stop]
            inner = matched.strip()
            if not inner or (rule.check and not rule.check(matched)):
                continue
            start += begin + len(matched) - len(matched.lstrip())
            first, last = bisect_right(ends, start), bisect_left(starts, start + len(inner)) - 1
            if first > last:
                continue
            if rule.partial_words or (starts[first] == start and ends[last] == start + len(inner)):
                yield first, last


def _pieces(starts: Sequence[int], ends: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the offsets of the pieces in which a sentence is searched: nearly always one, with all of it."""
    first = 0
    while first < len(starts):
        after = max(first + 1, bisect_right(ends, starts[first] + _PIECE))
        yield starts[first], min(ends[after - 1], starts[first] + 2 * _PIECE)
        first = after
