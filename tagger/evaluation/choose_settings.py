"""Choosing how a model's scores are used, on annotated sentences: a temperature for each task, thresholds of spans."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

from tagger.corpus.manifest import Manifest
from tagger.errors import ConfigError, DataError
from tagger.evaluation.scores import Figures
from tagger.evaluation.split import tagged_split, tasks_to_score
from tagger.evaluation.temperature import Pairs, calibration_error, fit_temperature
from tagger.evaluation.threshold_choice import Choice, Wanted, choose_threshold, covered_share, span_lists, together
from tagger.model.score_settings import EVERY_LABEL, ScoreSettings, TaskSettings
from tagger.runtime.decode import Decoder
from tagger.runtime.tagger import Tagger

FEW_SPANS = 20
"""A label with fewer gold or predicted spans than this has no threshold of its own: it would be chance."""
PENALTY_STEP, MOST_PENALTY = 0.25, 6.0
"""Penalties on `O` that are tried for a recall that the model does not reach without one."""


@dataclass(frozen=True)
class Chosen:
    """Settings of all tasks after a choice, and how it was made, as JSON has it: figures before and after, by split.

    `remarks` say what a user would not expect of it.
    """

    settings: TaskSettings
    report: Mapping[str, Any]
    remarks: Sequence[str] = ()


def choose_settings(
    tagger: Tagger,
    corpus: Manifest,
    split: str = "dev",
    *,
    kept: TaskSettings | None = None,
    wanted: Wanted | None = None,
    by_label: bool = False,
    calibrate: bool = False,
    measure: str | None = "test",
) -> Chosen:
    """Choose temperatures, and thresholds for a wanted precision or recall, on a split of a corpus.

    The tagger must leave out no spans: load it with `min_score=0, outside_penalty=0`. `kept` has what its folder keeps,
    of which all stays that is not chosen, except for thresholds that were chosen at another temperature. With
    `calibrate`, a temperature is fitted for each task. `wanted` says what is to be reached: by one threshold for all
    labels of a task, or with `by_label` by one for each label with enough spans and one for all others. For a recall
    that the model does not reach, and for a share of spans to cover, it is reached by the smallest penalty on `O`. What
    was chosen is also measured on the split `measure`, where the corpus has it.

    Raises DataError where no threshold reaches the wanted precision, or the split has no spans, and ConfigError where
    there is nothing to choose.
    """
    if wanted and wanted.cover is not None and by_label:
        raise ConfigError("spans are covered whatever their labels, so that there is nothing to choose by label")
    if wanted is None and not calibrate:
        raise ConfigError("nothing to choose: ask for a precision, a recall or the best F1, or for calibration")
    schemes = tasks_to_score(tagger.schemes, corpus, split)
    pairs = list(tagged_split(tagger, corpus, split, scores=True))
    kept = tagger.score_settings if kept is None else kept
    settings: dict[str, ScoreSettings] = {task: _bare(kept.get(task)) for task in schemes}
    span_tasks = {task: scheme for task, scheme in schemes.items() if scheme and "O" in tagger.tags[task]}
    remarks = list(_about_rules(tagger)) if wanted else []
    report: dict[str, Any] = {"split": split, "sentences": len(pairs), "tasks": {task: {} for task in schemes}}
    if calibrate:
        for task in schemes:
            of_task = _annotated(pairs, task)
            settings[task] = replace(settings[task], temperature=fit_temperature(tagger, of_task, task))
            report["tasks"][task]["temperature"] = settings[task].temperature
    if wanted:
        report["wanted"] = str(wanted)
        if not span_tasks:
            raise ConfigError(f"thresholds are for spans, and the model has none there, only {', '.join(schemes)}")
        calibrated = _decided(tagger, pairs, settings)
        for task, scheme in span_tasks.items():
            of_task = _annotated(calibrated, task)
            settings[task], choices = _choose(tagger, of_task, task, scheme, settings[task], wanted, by_label)
            report["tasks"][task] |= {
                "outside_penalty": settings[task].outside_penalty,
                "thresholds": {label: asdict(choice) for label, choice in choices.items()},
            }
    for task in schemes:
        if task in kept and not (wanted and task in span_tasks):
            settings[task], lost = _with_kept(settings[task], kept[task])
            remarks += [f"{task}: {lost}"] if lost else []
    report["measured"] = {split: _measured(tagger, pairs, settings, schemes)}
    there = {task: scheme for task, scheme in schemes.items() if measure and corpus.tasks[task].counts(measure)}
    if measure and measure != split and there:
        others = list(tagged_split(tagger, corpus, measure, scores=True))
        report["measured"][measure] = _measured(tagger, others, settings, there)
    return Chosen({**kept, **settings}, report, remarks)


def _with_kept(own: ScoreSettings, kept: ScoreSettings) -> tuple[ScoreSettings, str]:
    """Return settings with the thresholds and the penalty that a model keeps, and what cannot be kept of these."""
    own = replace(own, outside_penalty=kept.outside_penalty)
    if kept.drops_spans and own.temperature != kept.temperature:
        return own, "its thresholds were chosen at another temperature and are removed: choose them again"
    return replace(own, min_scores=kept.min_scores), ""


def _about_rules(tagger: Tagger) -> Iterator[str]:
    """Yield a remark where rules ask the network, whose answers change with the thresholds that are chosen."""
    asking = [rule.title for rule in tagger.rules if rule.wins == "network" or rule.unsure_below is not None]
    if asking:
        yield (
            f"the rule {asking[0]} depends on what the network finds, and here it finds all spans, whatever their "
            "scores: with the chosen thresholds it may apply elsewhere too, so see with tagger eval what they do"
        )


def _bare(kept: ScoreSettings | None) -> ScoreSettings:
    """Return the settings that a task begins with: its temperature alone."""
    return ScoreSettings(kept.temperature) if kept else ScoreSettings()


def _annotated(pairs: Pairs, task: str) -> Pairs:
    return [pair for pair in pairs if task in pair[0].tags]


def _decided(tagger: Tagger, pairs: Pairs, settings: TaskSettings) -> Pairs:
    """Return the pairs as the model tags them with these settings, from the scores that they have."""
    tasks = list(settings)
    decoder = Decoder(
        {task: tagger.tags[task] for task in tasks}, {task: tagger.schemes[task] for task in tasks}, settings
    )
    scores = [{task: predicted.probabilities[task].scores for task in tasks} for _, predicted in pairs]
    learned = {task: each for task, each in tagger.transitions.items() if task in settings}
    return list(
        zip(
            [gold for gold, _ in pairs],
            decoder.decode([predicted for _, predicted in pairs], scores, learned),
            strict=True,
        )
    )


def _choose(
    tagger: Tagger,
    pairs: Pairs,
    task: str,
    scheme: str,
    own: ScoreSettings,
    wanted: Wanted,
    by_label: bool,
) -> tuple[ScoreSettings, dict[str, Choice]]:
    """Return the settings of a task of spans, and the choice for each label, `*` for all others."""
    lists = span_lists(pairs, task, scheme)
    whole = together(lists)
    if not whole.gold:
        raise DataError(f"task '{task}': the split has no span to choose a threshold by: choose on another split")
    before = whole.at(0.0)
    if wanted.cover is not None:
        return _with_penalty(tagger, pairs, task, own, str(wanted), wanted.cover, partial(_cover, task, scheme))[0], {}
    common = choose_threshold(whole, wanted)
    if wanted.recall is not None and not common.reached:
        recall = partial(_recall, task, scheme)
        own, pairs = _with_penalty(tagger, pairs, task, own, str(wanted), wanted.recall, recall)
        lists = span_lists(pairs, task, scheme)
        common = replace(choose_threshold(together(lists), wanted), before=before)
    if wanted.precision is not None and not common.reached:
        raise DataError(
            f"task '{task}': no threshold reaches precision {wanted.precision:g} on this split: the most is "
            f"{common.after.precision:.4f}, with recall {common.after.recall:.4f} at {common.least:g}"
        )
    choices = {EVERY_LABEL: common}
    if by_label:
        enough = {label: each for label, each in lists.items() if min(each.gold, len(each.spans)) >= FEW_SPANS}
        others = together({label: each for label, each in lists.items() if label not in enough})
        if enough and others.gold and others.spans:
            choices[EVERY_LABEL] = choose_threshold(others, wanted)
        choices |= {label: choose_threshold(each, wanted) for label, each in enough.items()}
    return replace(own, min_scores={label: choice.least for label, choice in choices.items()}), choices


def _recall(task: str, scheme: str, pairs: Pairs) -> float:
    return together(span_lists(pairs, task, scheme)).at(0.0).recall


def _cover(task: str, scheme: str, pairs: Pairs) -> float:
    return covered_share(pairs, task, scheme)


def _with_penalty(
    tagger: Tagger,
    pairs: Pairs,
    task: str,
    own: ScoreSettings,
    wanted: str,
    least: float,
    reached: Callable[[Pairs], float],
) -> tuple[ScoreSettings, Pairs]:
    """Return the settings with the smallest penalty on `O` that reaches what is wanted, and the sentences then."""
    most = 0.0
    for step in range(round(MOST_PENALTY / PENALTY_STEP) + 1):  # with too much of it, spans merge and recall falls
        trial = replace(own, outside_penalty=step * PENALTY_STEP)
        tagged = _decided(tagger, pairs, {task: trial})
        found = reached(tagged)
        if found >= least:
            return trial, tagged
        most = max(most, found)
    raise DataError(f"task '{task}': {wanted} is not reached on this split, where the most is {most:.4f}")


def _measured(
    tagger: Tagger, pairs: Pairs, settings: TaskSettings, schemes: Mapping[str, str | None]
) -> dict[str, Any]:
    """Return calibration errors and figures of spans of each task, before and after, on some sentences."""
    used = {task: settings[task] for task in schemes}
    kept = {task: _bare(tagger.score_settings.get(task)) for task in schemes}
    before = _decided(tagger, pairs, kept)
    warm = {task: replace(each, min_scores={}, outside_penalty=0.0) for task, each in used.items()}
    calibrated, after = _decided(tagger, pairs, warm), _decided(tagger, pairs, used)
    found: dict[str, Any] = {}
    for task, scheme in schemes.items():
        errors = [calibration_error(_annotated(each, task), task, scheme) for each in (before, calibrated)]
        found[task] = {"calibration_error": {"before": asdict(errors[0]), "after": asdict(errors[1])}}
        if scheme:
            figures = [_span_figures(_annotated(each, task), task, scheme) for each in (before, after)]
            found[task]["spans"] = {"before": figures[0], "after": figures[1]}
    return found


def _span_figures(pairs: Pairs, task: str, scheme: str) -> dict[str, float]:
    figures = asdict(together(span_lists(pairs, task, scheme)).at(0.0))
    return {**figures, "cover": covered_share(pairs, task, scheme)}


def threshold_figures(
    tagger: Tagger, corpus: Manifest, split: str, thresholds: Sequence[float]
) -> dict[str, dict[float, tuple[Figures, int]]]:
    """Return, for each task of spans, the figures at some thresholds, with the number of spans that are left.

    The tagger must leave out no spans. Raises ConfigError where the split has no task of spans.
    """
    schemes = {task: scheme for task, scheme in tasks_to_score(tagger.schemes, corpus, split).items() if scheme}
    if not schemes:
        raise ConfigError(
            "thresholds are for spans, and the model has no task of spans that the split is annotated for"
        )
    pairs = list(tagged_split(tagger, corpus, split, scores=True))
    found: dict[str, dict[float, tuple[Figures, int]]] = {}
    for task, scheme in schemes.items():
        spans = together(span_lists(_annotated(pairs, task), task, scheme))
        found[task] = {least: (spans.at(least), _left(spans.spans, least)) for least in thresholds}
    return found


def _left(spans: Iterable[tuple[float, bool]], least: float) -> int:
    return sum(score >= least for score, _ in spans)
