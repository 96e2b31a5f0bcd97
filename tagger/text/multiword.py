"""Multiword tokens: how a token such as `don't` or `zum` is split into its words.

A rule says what a token begins and ends with and which words that makes: `*n't=* n't` splits `don't` into `do` and
`n't`, `zum=zu dem` expands `zum`. A star is the part of the token that stays as it is. Rules are learned from the
tokens of a corpus, most frequent first, and are in lower case; words that stand in their token keep its casing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

ONE_WORD, UNKNOWN_RULE = "_", "?"
"""What stands in place of a rule for a token that is one word, and for one whose rule is too rare."""
_MOST_RULES = 400
_APOSTROPHES = str.maketrans("’ʼ＇", "'''")


def split_by(rule: str, token: str) -> tuple[str, ...] | None:
    """Return the words that a rule makes of a token, in the token's casing; None where it does not fit the token."""
    pattern, _, words = rule.partition("=")
    lowered = _lower(token)
    before, star, after = pattern.partition("*")
    if star:
        if not (lowered.startswith(before) and lowered.endswith(after) and len(before) + len(after) < len(token)):
            return None
    elif lowered != pattern:
        return None
    stem = token[len(before) : len(token) - len(after)] if star else ""
    made = tuple(word.replace("*", stem) for word in words.split(" "))
    if _lower("".join(made)) == lowered:  # the words stand in the token
        cut, at = [], 0
        for word in made:
            cut.append(token[at : at + len(word)])
            at += len(word)
        return tuple(cut)
    if len(token) > 1 and token.isupper():
        return tuple(word.upper() for word in made)
    return (made[0][:1].upper() + made[0][1:], *made[1:]) if token[:1].isupper() else made


@dataclass(frozen=True)
class MultiwordRules:
    """The rules of a corpus, most frequent first, and the rule of each multiword token of train in lower case."""

    rules: tuple[str, ...] = ()
    tokens: Mapping[str, str] = field(default_factory=dict)

    def split(self, rule: str, token: str) -> tuple[str, ...]:
        """Return the words of a token that the network takes for a multiword token by this rule.

        Where the rule does not fit, they are those that train has for the token, otherwise those of the rule that fits
        most of the token. A token that no rule fits is one word.
        """
        if rule == ONE_WORD:
            return (token,)
        for each in (rule, self.tokens.get(_lower(token), ""), *self._longest_first):
            words = split_by(each, token) if "=" in each else None
            if words:
                return words
        return (token,)

    @cached_property
    def _longest_first(self) -> list[str]:
        """The rules with a star, those first that ask for most letters."""
        return sorted((rule for rule in self.rules if "*" in rule), key=lambda rule: -rule.index("="))


def learn_multiword(tokens: Iterable[tuple[str, Sequence[str]]]) -> MultiwordRules:
    """Return the rules of multiword tokens, each given with its words."""
    every = Counter((_lower(token), tuple(map(_lower, words))) for token, words in tokens if len(words) > 1)
    general = {pair: _general_rules(*pair) for pair in every}
    types = Counter(rule for rules in general.values() for rule in rules)  # of how many tokens each could be the rule
    chosen: Counter[str] = Counter()
    by_token: dict[str, str] = {}
    for pair, count in sorted(every.items(), key=lambda item: (-item[1], item[0])):
        rule = max(general[pair], key=lambda rule: (types[rule], rule), default="")
        if types[rule] < 2:  # a rule that only one token has is that token's own
            rule = _own_rule(*pair)
        chosen[rule] += count
        by_token.setdefault(pair[0], rule)
    ordered = sorted(chosen, key=lambda rule: (-chosen[rule], rule))
    return MultiwordRules(tuple(rule for rule in ordered if chosen[rule] > 1)[:_MOST_RULES], by_token)


def rule_of(token: str, words: Sequence[str], known: MultiwordRules) -> str:
    """Return the rule that a network learns for a token: `ONE_WORD`, a known rule, or `UNKNOWN_RULE`."""
    if len(words) < 2:
        return ONE_WORD
    lowered, parts = _lower(token), tuple(map(_lower, words))
    fitting = {*_general_rules(lowered, parts), _own_rule(lowered, parts)}
    return next((rule for rule in known.rules if rule in fitting), UNKNOWN_RULE)


def _own_rule(token: str, words: Sequence[str]) -> str:
    """Return the rule that fits this token alone."""
    return f"{token}={' '.join(words)}"


def _general_rules(token: str, words: Sequence[str]) -> list[str]:
    """Return the rules of a token whose star is what the token and one of its words have most in common."""
    if "*" in token or any("*" in word or " " in word for word in words):
        return []
    rules = []
    for number, word in enumerate(words):
        start, place, length = _common(token, word)
        if length:
            starred = [*words[:number], word[:place] + "*" + word[place + length :], *words[number + 1 :]]
            rules.append(f"{token[:start]}*{token[start + length :]}={' '.join(starred)}")
    return rules


def _common(token: str, word: str) -> tuple[int, int, int]:
    """Return the longest text that a token and a word share: its places in both, and its length."""
    best = (0, 0, 0)
    for start in range(len(token)):
        for place in range(len(word)):
            length = 0
            while (
                start + length < len(token)
                and place + length < len(word)
                and token[start + length] == word[place + length]
            ):
                length += 1
            if length > best[2]:
                best = (start, place, length)
    return best


def _lower(text: str) -> str:
    """Return the text in lower case, of the same length, with plain apostrophes."""
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(each.lower() if len(each.lower()) == 1 else each for each in text)
    return lowered.translate(_APOSTROPHES)
