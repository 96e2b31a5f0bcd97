"""Rehearsal: the model that training begins with labels what a new one would forget without (`init.rehearsal`).

In the records of the corpora it labels what these leave open: tasks that a corpus lacks, with its probabilities as soft
targets (Li & Hoiem 2016, "Learning without Forgetting"), and labels of spans that a corpus lacks, outside of the spans
that it has. Sentences of raw text have its tags and probabilities of all tasks.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from tagger.config.init_keys import InitConfig
from tagger.config.schema import Config
from tagger.config.unlabelled_keys import UnlabelledConfig
from tagger.corpus.mixture import MixedCorpus
from tagger.corpus.records import with_feature_list
from tagger.corpus.soft_targets import pack_soft_targets, soft_targets_key
from tagger.corpus.training_records import TrainingRecords
from tagger.errors import ConfigError
from tagger.model.folder import ModelFolder
from tagger.runtime.decode import Decoder
from tagger.runtime.text_readers import readers_of
from tagger.text.scheme import spans_from_tags, split_tag
from tagger.text.sentence import Sentence
from tagger.training.initial_model import open_tagger
from tagger.training.teachers import Ensemble, StudentTask, in_windows
from tagger.training.unlabelled_records import KeptSentences, keep_unlabelled

Record = tuple[bytes, Sentence]
"""A serialized SequenceExample, and the sentence in it."""
_OUTSIDE = "O"
_LEAST_PROBABILITY = 1e-30
"""Stands for the probability 0 where its logarithm is needed."""


@dataclass(frozen=True)
class Rehearsal:
    """The model that training begins with, as it labels for the one that is trained."""

    settings: InitConfig
    model: Ensemble
    """The model alone, with the tasks that both have and the new model's tags."""
    folder: ModelFolder

    def labelled(self, records: Iterable[Record], corpus: MixedCorpus) -> Iterator[Record]:
        """Yield the records of a corpus's train split with a feature list `rehearsed_layer` for each task.

        It has the tags of the corpus, by their names in the model, with those of the model where the corpus leaves them
        open. Sentences that are too long to learn from stay as they are.
        """
        missing = {task: missing_labels(self.folder, task, corpus) for task in self.model.tasks}
        for window in in_windows(records, lambda record: len(record[1]), self.model, self.model.tasks):
            read = [each for _, each in window if not corpus.max_tokens or len(each) <= corpus.max_tokens]
            found = iter(self._label(read))
            for record, sentence in window:
                if corpus.max_tokens and len(sentence) > corpus.max_tokens:
                    yield record, sentence
                    continue
                classes, best = next(found)
                yield self._with_labels(record, sentence, corpus, classes, best, missing), sentence

    def keep_text(self, sentences: int, folder: Path, say: Callable[[str], None] = lambda line: None) -> KeptSentences:
        """Write the first sentences of `init.text`, at most `sentences`, into a folder as the model tags them.

        Raises DataError as `keep_unlabelled` does.
        """
        settings = UnlabelledConfig(
            text=self.settings.text, confidence=0.0, max_tokens=self.settings.max_tokens, sentences=sentences
        )
        return keep_unlabelled(settings, self.model, readers_of(self.folder)["text"], folder, say, table="init")

    def _label(self, sentences: Sequence[Sentence]) -> list[tuple[dict[str, np.ndarray], dict[str, Sequence[str]]]]:
        """Return, of each sentence and by task, the model's probabilities `[T, N]` of classes, and its best tags."""
        if not sentences:
            return []
        (classes,) = self.model.probabilities(sentences, self.model.tasks)
        by_sentence = [{task: rows[number] for task, rows in classes.items()} for number in range(len(sentences))]
        scores = [
            {
                task: np.log(np.maximum(self.model.tasks[task].of_tags(rows), _LEAST_PROBABILITY))
                for task, rows in each.items()
            }
            for each in by_sentence
        ]
        untagged = [replace(each, tags={}) for each in sentences]
        tagged = self._decoder.decode(untagged, scores, {}, keep=False)
        return [(rows, dict(each.tags)) for rows, each in zip(by_sentence, tagged, strict=True)]

    @cached_property
    def _decoder(self) -> Decoder:
        tasks = self.model.tasks
        return Decoder({task: each.tags for task, each in tasks.items()}, {t: each.scheme for t, each in tasks.items()})

    def _with_labels(
        self,
        record: bytes,
        sentence: Sentence,
        corpus: MixedCorpus,
        classes: Mapping[str, np.ndarray],
        best: Mapping[str, Sequence[str]],
        missing: Mapping[str, set[str]],
    ) -> bytes:
        for task in corpus.tasks:
            layer, names = corpus.layers.get(task, ""), corpus.renamed.get(task, {})
            tags: Sequence[str] | None = None
            if layer in sentence.tags:
                tags = [names.get(tag, tag) for tag in sentence.tags[layer]]
                if missing.get(task):
                    tags = with_missing_spans(tags, best[task], missing[task])
            elif task in best:
                tags = best[task]
                record = with_feature_list(record, soft_targets_key(task), pack_soft_targets(classes[task]))
            if tags is not None:
                record = with_feature_list(record, rehearsed_layer(task), [tag.encode() for tag in tags])
        return record


def rehearsed_layer(task: str) -> str:
    """The name of the feature list with a task's tags after rehearsal. No task can have such a name."""
    return f"{task}/rehearsed"


def rehearsed_records(records: TrainingRecords, tasks: Sequence[str]) -> TrainingRecords:
    """Records of a corpus that `Rehearsal.labelled` has written, as training reads them."""
    return replace(records, layers={task: rehearsed_layer(task) for task in tasks}, renamed={})


def with_missing_spans(tags: Sequence[str], found: Sequence[str], labels: set[str]) -> list[str]:
    """Return tags in IOB2 with those spans of others that have one of some labels, where all their tags are `O`."""
    joined = list(tags)
    for label, first, last in spans_from_tags(found):
        if label in labels and all(tag == _OUTSIDE for tag in tags[first : last + 1]):
            joined[first : last + 1] = found[first : last + 1]
    return joined


def make_rehearsal(config: Config, folder: ModelFolder, tasks: Mapping[str, StudentTask]) -> Rehearsal:
    """Return the rehearsal of a configuration, whose model has the `tasks` that are trained, with all their tags."""
    shared = {task: student for task, student in tasks.items() if task in folder.tags}
    return Rehearsal(config.init, Ensemble(shared, [folder], drop=True), folder)


def check_rehearses(config: Config, folder: ModelFolder, corpora: Sequence[MixedCorpus]) -> None:
    """Raise ConfigError where there is nothing to rehearse: no text, and nothing that the corpora leave open."""
    if config.init.text:
        return
    for corpus in corpora:
        shared = [task for task in config.tasks if task in folder.tags]
        if corpus.weight and any(task not in corpus.layers or missing_labels(folder, task, corpus) for task in shared):
            return
    raise ConfigError(
        f"init.rehearsal: the corpora have all tasks of {config.init.model} and all of its labels, so that it has "
        "nothing to label in them: give text of the kind that it was made for in init.text"
    )


def with_open_labels(config: Config, corpora: Sequence[MixedCorpus]) -> tuple[MixedCorpus, ...]:
    """Return the corpora of a run, which say nothing about the labels that rehearsal adds to what they annotate."""
    if not config.init.rehearsal:
        return tuple(corpora)
    folder = open_tagger(config.init.model)
    shared = [task for task in config.tasks if task in folder.tags]
    return tuple(
        replace(corpus, open_labels={task: missing_labels(folder, task, corpus) for task in shared})
        for corpus in corpora
    )


def missing_labels(folder: ModelFolder, task: str, corpus: MixedCorpus) -> set[str]:
    """Return the labels of spans that a model finds and a corpus has none of in its train split."""
    if "train" not in corpus.manifest.splits or task not in corpus.layers or not folder.schemes[task]:
        return set()
    names = corpus.renamed.get(task, {})
    counts = corpus.manifest.tasks[corpus.layers[task]].counts("train")
    there = {split_tag(names.get(tag, tag))[1] for tag, count in counts.items() if count}
    return {split_tag(tag)[1] for tag in folder.tags[task].entries} - there - {""}
