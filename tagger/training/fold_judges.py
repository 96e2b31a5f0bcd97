"""Models that judge annotations which they have not learned: each is trained on all folds of a corpus but one."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tagger.config.load import load_config, with_tasks
from tagger.config.rule_keys import RulesConfig
from tagger.config.schema import Config
from tagger.corpus.document_groups import document_groups
from tagger.errors import DataError
from tagger.evaluation.label_errors import Judgement, judged
from tagger.runtime.tagger import Tagger
from tagger.text.sentence import Sentence
from tagger.training.from_python import train

TrainOn = Callable[[Sequence[Sentence]], Sequence[Tagger]]
"""Trains one or several models on sentences."""


def judged_on_folds(
    sentences: Sequence[Sentence],
    tags: Mapping[str, Sequence[str]],
    folds: int,
    train_on: TrainOn,
    say: Callable[[str], None] = lambda line: None,
) -> list[Judgement]:
    """Return the probabilities of tags in each sentence, by models that were trained on the other folds.

    A fold has every `folds`-th document, or every such sentence where there are too few documents. Raises DataError for
    fewer sentences than folds.
    """
    if len(sentences) < folds:
        raise DataError(
            f"{len(sentences)} sentences are too few for {folds} folds: give models to judge them, or fewer folds"
        )
    fold_of = _folds(sentences, folds)
    found: list[Judgement] = [{} for _ in sentences]
    for fold in range(folds):
        own = [number for number, each in enumerate(fold_of) if each == fold]
        others = [sentence for sentence, each in zip(sentences, fold_of, strict=True) if each != fold]
        say(f"fold {fold + 1} of {folds}: what is learned from {len(others):,} sentences judges {len(own):,}")
        judges = train_on(others)
        for number, judgement in zip(own, judged(judges, [sentences[each] for each in own], tags), strict=True):
            found[number] = judgement
    return found


def trainer(config: Path | None, tasks: Sequence[str], seeds: int = 1) -> TrainOn:
    """Return what trains judges of some tasks with a configuration, or else with the default recipe.

    There is a judge for each of `seeds` seeds, from that of the configuration on. Raises ConfigError for a wrong
    configuration.
    """
    given = with_tasks(load_config(config, ["segmenter.train=never"]), tasks) if config is not None else None
    if given:  # a rule has no judgement, and would repeat the errors that it has made
        given = given.model_copy(update={"rules": RulesConfig()})
    first = given.seed if given else 1

    def settings(seed: int) -> Config | dict[str, object]:
        if given:
            return given.model_copy(update={"seed": seed})
        return {"tasks": list(tasks), "segmenter.train": "never", "seed": seed}

    def train_on(sentences: Sequence[Sentence]) -> list[Tagger]:
        return [train(list(sentences), config=settings(seed), progress=False) for seed in range(first, first + seeds)]

    return train_on


def _folds(sentences: Sequence[Sentence], folds: int) -> list[int]:
    """Return the fold of each sentence."""
    groups, _ = document_groups(sentences)
    if len(groups) < folds:
        return [number % folds for number in range(len(sentences))]
    fold_of = {id(sentence): number % folds for number, group in enumerate(groups) for sentence in group.sentences}
    return [fold_of[id(sentence)] for sentence in sentences]
