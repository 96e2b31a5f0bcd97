"""Likely errors in annotation, behind `tagger inspect --noise`: by given models, or by models trained on folds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tagger.corpus.any_data import is_corpus_folder
from tagger.errors import DataError
from tagger.evaluation.annotated_places import AnnotatedSentences, FileReading, read_annotated
from tagger.evaluation.label_errors import Judgement, LabelError, judged, label_errors, tags_of, unjudged
from tagger.runtime.tagger import load


@dataclass(frozen=True)
class NoiseOptions:
    """Who judges: `models`, or else models of `config` that are trained on `folds`, `seeds` of them for each; and what.

    `tasks` are those of an annotated file with their places, as in `tagger.read`, or of a corpus; empty means all. A
    place is empty where it is not told, and so are all of them or none. `split` is that of a corpus, by default train,
    and `format` and what follows is for files, as in `convert`.
    """

    models: tuple[str, ...] = ()
    folds: int = 4
    seeds: int = 1
    config: Path | None = None
    split: str | None = None
    tasks: Mapping[str, str] = field(default_factory=dict)
    format: str | None = None
    columns: tuple[str, ...] | None = None
    scheme: str | None = None
    every_quote: bool = False
    skip_refused: bool = False


def find_noise(corpus: Path, options: NoiseOptions, say: Callable[[str], None] = lambda line: None) -> list[LabelError]:
    """Return the annotations of a corpus folder or an annotated file that are likely wrong, the likeliest first.

    Raises DataError where it cannot be read or has no tags of a task that the judges know.
    """
    reading = FileReading(
        options.format,
        options.columns,
        options.tasks if any(options.tasks.values()) else None,
        options.scheme,
        options.every_quote,
        options.skip_refused,
    )
    annotated = read_annotated(corpus, options.split, reading)
    taggers = [load(model) for model in options.models]
    tasks = list(options.tasks)
    if not tasks:
        tasks = [task for task in annotated.schemes if all(task in tagger.tasks for tagger in taggers)]
    for task in tasks:
        if task not in annotated.schemes:
            has = ", ".join(annotated.schemes) or "none"
            told = is_corpus_folder(corpus) or any(options.tasks.values())
            advice = "choose with --tasks" if told else f"say where they are, as in --tasks {task}=MISC:NER"
            raise DataError(f"{corpus}: there are no tags of '{task}', only of {has}: {advice}")
    if not tasks:
        theirs = "; ".join(", ".join(tagger.tasks) for tagger in taggers)
        raise DataError(f"{corpus}: has {', '.join(annotated.schemes)}, but the models do {theirs}")
    tags = tags_of(annotated.sentences, tasks, taggers)
    judgements = judged(taggers, annotated.sentences, tags) if taggers else _on_folds(annotated, options, tags, say)
    schemes = {task: annotated.schemes[task] for task in tasks}
    for task, tag, words in unjudged(annotated.sentences, judgements, tags):
        say(f"{task}: {tag} is unknown to those who judge it, so that {words:,} of its words are not judged")
    return label_errors(annotated.sentences, judgements, tags, schemes, annotated.places)


def _on_folds(
    annotated: AnnotatedSentences, options: NoiseOptions, tags: dict[str, list[str]], say: Callable[[str], None]
) -> list[Judgement]:
    from tagger.training.fold_judges import judged_on_folds, trainer  # late: it imports TensorFlow

    train_on = trainer(options.config, list(tags), options.seeds)
    return judged_on_folds(annotated.sentences, tags, options.folds, train_on, say)
