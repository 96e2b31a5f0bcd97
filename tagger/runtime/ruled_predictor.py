"""Rules beside the network: scores in which the words that rules mark can only have the tags of the rules.

The decoder then finds the best tags of all other words given these, under the same scheme and the same transitions.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from tagger.errors import ConfigError, ModelError
from tagger.model.folder import TAGGING_RULES_FILE, ModelFolder
from tagger.model.score_settings import MinScore, TaskSettings, with_choice
from tagger.model.transitions import Transitions
from tagger.runtime.decode import Decoder
from tagger.runtime.given_sentence import as_sentence
from tagger.text.rule_file import read_rules
from tagger.text.rules import OUTSIDE, Rule, RuleMatch, RuleMatcher
from tagger.text.sentence import Sentence, Tokenized

_BEGIN, _INSIDE = "B-", "I-"
_FORBIDDEN = -np.inf

RuleNames = dict[str, dict[int, str]]
"""By task: the name of the rule that marks the span, or the word, which begins at a place."""


class RuledScores(dict[str, np.ndarray]):
    """The scores `[T, K]` of each task of a sentence, and which rules have decided there."""

    by_rule: RuleNames


class Network(Protocol):
    """What computes scores of sentences, as `Predictor` does."""

    def scores(self, sentences: Sequence[Tokenized]) -> list[dict[str, np.ndarray]]:
        """The scores `[T, K]` of each task, float32, of every sentence."""

    def transitions(self) -> Mapping[str, Transitions]:
        """The learned transitions of each task that has some."""


class RuledPredictor:
    """Runs a network and applies rules to its scores, which get a column for each tag that only rules give.

    `decoder` finds the best of all these tags.
    """

    def __init__(
        self,
        network: Network,
        rules: Sequence[Rule],
        tags: Mapping[str, Sequence[str]],
        schemes: Mapping[str, str | None],
        settings: TaskSettings | None = None,
        min_score: MinScore = None,
        outside_penalty: float | None = None,
    ) -> None:
        """`tags`, `schemes` and `settings` are those of the model, as in Decoder; the others are as in `tagger.load`.

        Raises ConfigError for a rule that does not fit them.
        """
        self.network, self.network_tags, self._schemes = network, dict(tags), schemes
        self.rules = rules_with_tasks(rules, schemes)
        self._matcher = RuleMatcher(self.rules)
        self.tags = {task: _with_labels(task, names, self.rules, schemes) for task, names in tags.items()}
        self._more = {task: len(self.tags[task]) - len(names) for task, names in tags.items()}
        self._columns = {task: {tag: column for column, tag in enumerate(names)} for task, names in self.tags.items()}
        self.settings = with_choice(settings or {}, self.tags, schemes, min_score, outside_penalty)
        self.decoder = Decoder(self.tags, schemes, self.settings)

    def predict(self, sentences: Sequence[Tokenized]) -> list[dict[str, list[str]]]:
        """Return the best tags of each task, one for each token, of every sentence."""
        tokenized, learned = list(map(as_sentence, sentences)), self.transitions()
        tagged = self.decoder.decode(tokenized, self.scores(tokenized), learned, keep=False)
        return [{task: list(each.tags[task]) for task in self.tags} for each in tagged]

    def scores(self, sentences: Sequence[Tokenized]) -> list[dict[str, np.ndarray]]:
        """Return the scores `[T, K]` of each task, float32, of every sentence, after the rules.

        They are `RuledScores`.
        """
        every = [RuledScores(self._widened(each)) for each in self.network.scores(sentences)]
        matches = [self._matcher.matches(as_sentence(sentence)) for sentence in sentences]
        asking = [number for number, each in enumerate(matches) if any(map(_asks_network, each))]
        says = dict(zip(asking, self._network_says([every[number] for number in asking]), strict=True))
        for number, (scores, found) in enumerate(zip(every, matches, strict=True)):
            scores.by_rule = self._apply(scores, found, says.get(number, {})) if found else {}
        return list(every)

    def transitions(self) -> Mapping[str, Transitions]:
        """Return the learned transitions of each task that has some; a tag of rules alone has those of `O`."""
        learned = self.network.transitions()
        return {task: self._widened_transitions(task, each) for task, each in learned.items()}

    def _widened(self, scores: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return a sentence's scores with a column for each tag that only rules give."""
        return {
            task: np.pad(each, ((0, 0), (0, more)), constant_values=_FORBIDDEN) if (more := self._more[task]) else each
            for task, each in scores.items()
        }

    def _widened_transitions(self, task: str, learned: Transitions) -> Transitions:
        more = self._more[task]
        if not more:
            return learned
        outside = self._columns[task].get(OUTSIDE, 0)
        columns = np.array([*range(len(learned.start)), *[outside] * more])
        return Transitions(learned.start[columns], learned.between[np.ix_(columns, columns)], learned.end[columns])

    def _network_says(self, scores: Sequence[Mapping[str, np.ndarray]]) -> "Iterator[dict[str, _Says]]":
        """Yield, for each sentence, the network's tags of each task and their probabilities."""
        if not scores:
            return
        learned = self.transitions()
        best = self.decoder.best(scores, learned)
        probabilities = self.decoder.probabilities(scores, learned, best)
        first = 0
        for each in scores:
            last = first + len(next(iter(each.values())))
            yield {
                task: _Says([self.tags[task][column] for column in best[task][first:last]], found[first:last])
                for task, found in probabilities.items()
            }
            first = last

    def _apply(
        self, scores: dict[str, np.ndarray], matches: Sequence[RuleMatch], says: "Mapping[str, _Says]"
    ) -> RuleNames:
        """Forbid, in a sentence's scores, what contradicts the rules; return which rules have decided."""
        chosen: dict[str, list[RuleMatch]] = {task: [] for task in scores}
        taken = {task: bytearray(len(each)) for task, each in scores.items()}
        for match in matches:
            task, words = match.rule.task, slice(match.first, match.last + 1)
            if any(taken[task][words]):
                continue
            if not _asks_network(match) or _network_lets(match, says[task]):
                chosen[task].append(match)
                taken[task][words] = b"\1" * (match.last + 1 - match.first)
        by_rule: RuleNames = {}
        for task, accepted in ((task, of_task) for task, of_task in chosen.items() if of_task):
            scores[task] = self._forbidding(task, scores[task], accepted)
            names = {match.first: match.rule.title for match in accepted if match.rule.label != OUTSIDE}
            if names:
                by_rule[task] = names
        return by_rule

    def _forbidding(self, task: str, scores: np.ndarray, matches: Sequence[RuleMatch]) -> np.ndarray:
        """Return scores in which each word of a match can only have the tag of its rule, and the span ends with it."""
        columns, is_spans = self._columns[task], bool(self._schemes[task])
        scores = scores.copy()
        for match in matches:
            if is_spans and match.rule.label != OUTSIDE and match.last + 1 < len(scores):
                scores[match.last + 1, columns[_INSIDE + match.rule.label]] = _FORBIDDEN
        for match in matches:
            label = match.rule.label
            for place in range(match.first, match.last + 1):
                prefix = "" if not is_spans or label == OUTSIDE else _BEGIN if place == match.first else _INSIDE
                scores[place] = _FORBIDDEN
                scores[place, columns[prefix + label]] = 0.0
        return scores


class _Says(NamedTuple):
    """The network's own tags of a sentence, and their probabilities `[T]`."""

    tags: Sequence[str]
    probabilities: np.ndarray


def rules_of(folder: ModelFolder) -> tuple[Rule, ...]:
    """Return the rules in a model folder. Raises ModelError where they are damaged."""
    try:
        return read_rules(folder.path / TAGGING_RULES_FILE, whole=True)
    except ConfigError as error:
        raise ModelError(f"{error}: the model folder is damaged") from None


def ruled_predictor(
    rules: Path | str | Iterable[Rule],
    network: Network,
    tags: Mapping[str, Sequence[str]],
    schemes: Mapping[str, str | None],
    settings: TaskSettings | None = None,
    min_score: MinScore = None,
    outside_penalty: float | None = None,
) -> RuledPredictor:
    """Return a predictor with rules, of a file or given, which come before those that `network` has already.

    Raises ConfigError for a rule that does not fit the tasks.
    """
    given = read_rules(rules) if isinstance(rules, (str, Path)) else tuple(rules)
    if isinstance(network, RuledPredictor):
        tags, given = network.network_tags, (*given, *network.rules)
        network = network.network
    return RuledPredictor(network, given, tags, schemes, settings, min_score, outside_penalty)


def with_marks(sentences: Iterable[Sentence], scores: Sequence[Mapping[str, np.ndarray]]) -> Iterator[Sentence]:
    """Yield tagged sentences with the names of the rules that decided on them, which their scores have."""
    for sentence, each in zip(sentences, scores, strict=True):
        yield sentence.with_rules(each.by_rule) if isinstance(each, RuledScores) and each.by_rule else sentence


def _asks_network(match: RuleMatch) -> bool:
    return match.rule.wins == "network" or match.rule.unsure_below is not None


def _network_lets(match: RuleMatch, says: _Says) -> bool:
    """Return whether the network leaves a rule its words: it marks nothing else there, or is unsure."""
    words = slice(match.first, match.last + 1)
    if match.rule.wins == "network" and set(says.tags[words]) != {OUTSIDE}:
        return False
    least = match.rule.unsure_below
    return least is None or bool(says.probabilities[words].min() < least)


def rules_with_tasks(rules: Iterable[Rule], schemes: Mapping[str, str | None]) -> tuple[Rule, ...]:
    """Return rules with the names of their tasks, of which `schemes` has all.

    Raises ConfigError for a rule whose task there is not, or is not told, or whose label cannot be one of it.
    """
    return tuple(_with_task(rule, schemes) for rule in rules)


def _with_task(rule: Rule, schemes: Mapping[str, str | None]) -> Rule:
    """Return a rule with the name of its task. Raises ConfigError where the model has no such task."""
    spans = [task for task, scheme in schemes.items() if scheme]
    if not rule.task and len(spans) != 1:
        raise rule.error(
            f"which task is it for? Say task = one of {', '.join(schemes) or 'none, as the model has none'}"
        )
    task = rule.task or spans[0]
    if task not in schemes:
        raise rule.error(f"the model has no task '{task[:60]}', only {', '.join(schemes) or 'none'}")
    if task in spans and rule.label[:2] in (_BEGIN, _INSIDE):
        raise rule.error(f"the label {rule.label[:60]!r} looks like a tag: write {rule.label[2:62] or 'PER'!r}")
    if task not in spans and rule.label == OUTSIDE:
        raise rule.error(f"'{task}' has no spans that the label O could keep away: give the tag of its words")
    if task not in spans and rule.wins == "network":
        raise rule.error(f"the network gives every word a tag of '{task}', so that it always wins: leave 'wins' out")
    return replace(rule, task=task)


def _with_labels(
    task: str, tags: Sequence[str], rules: Sequence[Rule], schemes: Mapping[str, str | None]
) -> tuple[str, ...]:
    """Return the tags of a task, and after them those that only rules give."""
    wanted = [
        tag
        for rule in rules
        if rule.task == task
        for tag in (
            (_BEGIN + rule.label, _INSIDE + rule.label) if schemes[task] and rule.label != OUTSIDE else (rule.label,)
        )
    ]
    return tuple(dict.fromkeys((*tags, *wanted)))
