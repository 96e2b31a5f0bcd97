"""Several trainings that make one result, such as the folds of a cross-validation; they can be stopped and resumed.

Until the result is written, everything lies in one folder beside the model's, such as OUTPUT.folds: what each finished
training has measured, and the corpora and the model of the one in progress. The result is one file, OUTPUT.folds.json.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from tagger.config.schema import Config
from tagger.corpus.manifest import MANIFEST, Manifest, Provenance, foreign_in_corpus
from tagger.corpus.scheme_detection import Schemes
from tagger.corpus.writer import CorpusWriter, usual_shards
from tagger.documents import parse_json
from tagger.errors import ConfigError, DataError
from tagger.files import (
    UNFINISHED_NAME,
    check_outside,
    foreign_entry,
    locked,
    new_folder,
    remove_folder,
    remove_leftovers,
    write_file,
)
from tagger.text.remarks import Remarks
from tagger.text.sentence import Sentence
from tagger.training.beginning import checksum_of_sources
from tagger.training.options import TrainingOptions
from tagger.training.own_folders import is_saved, with_own_name, working_folder
from tagger.training.run_folder import unfinished_error
from tagger.training.same_settings import flat_settings
from tagger.training.train import train

Splits = Mapping[str, Sequence[Sentence]]
"""The sentences of each split of a corpus."""

_MARKER = "series.json"
_OWN = re.compile(rf"{_MARKER}|[0-9]+\.json|[0-9]+/((corpus-[0-9]+|model(\.[a-z]+)?)/.*|\..*)?|{UNFINISHED_NAME}")


@dataclass(frozen=True)
class SeriesRun:
    """One training of a series."""

    title: str
    """What messages call it, such as `fold 2 of 5`."""
    config: Config
    corpora: Callable[[], Sequence[Manifest | Splits]]
    """Returns its corpora in the order of the configuration: those on disk, or the sentences of each split."""
    measure: Callable[[Mapping[str, Any], Path], dict[str, Any]]
    """Returns what is kept of it as JSON, given the metrics and the folder of the model."""


@dataclass(frozen=True)
class Series:
    """The trainings of one result.

    `kind` is the ending of its folder and file. `about` says what the result is of, beside configuration and corpora: a
    series is only resumed where all of these are the same.
    """

    kind: str
    output: Path
    config: Config
    corpora: Sequence[Manifest]
    about: Mapping[str, Any]
    options: TrainingOptions

    @property
    def folder(self) -> Path:
        """The folder of everything that is not finished."""
        output = with_own_name(self.output)
        return output.with_name(f"{output.name}.{self.kind}")

    @property
    def result_file(self) -> Path:
        """The file of the result."""
        return self.folder.with_name(f"{self.folder.name}.json")

    def carry_out(
        self, runs: Sequence[SeriesRun], summarise: Callable[[list[dict[str, Any]]], dict[str, Any]]
    ) -> dict[str, Any]:
        """Carry out the runs that are not done yet, and write and return the result that `summarise` makes of them.

        Raises DataError where a result or an unfinished series is in the way, ConfigError where the one to resume is
        of other settings or corpora, and what training raises.
        """
        sources = checksum_of_sources(self.config, self.corpora)
        identity = {"settings": flat_settings(self.config), "corpora": sources, **self.about}
        identity = parse_json(json.dumps(identity))
        check_outside([corpus.directory for corpus in self.corpora], self.folder)
        with locked(self.folder):
            if (finished := self._finished(identity)) is not None:
                return finished
            self._prepare(identity)
            entries = [self._outcome(number, run) for number, run in enumerate(runs, start=1)]
            result = {**summarise(entries), "made_of": identity}
            _write(self.result_file, result)
            remove_folder(self.folder)
        return result

    def _finished(self, identity: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the result that is there, where it is to be resumed."""
        if not self.result_file.exists() or (self.options.overwrite and not self.options.resume):
            return None
        if self.options.resume and (self.folder / _MARKER).is_file():  # begun with --overwrite, after that result
            return None
        if self.options.resume:
            found = _read(self.result_file)
            if found.get("made_of") == identity:
                self.options.say(f"{self.result_file}: finished already, so there is nothing to resume")
                return found
            if self.options.overwrite:
                return None
        raise DataError(f"{self.result_file}: exists already; name another --output, or say --overwrite to replace it")

    def _prepare(self, identity: Mapping[str, Any]) -> None:
        """Leave in the folder only what is to be resumed."""
        marker = self.folder / _MARKER
        if self.folder.exists():
            remove_leftovers(marker)
            if not marker.is_file() or (entry := foreign_entry(self.folder, _OWN)):
                what = f"holds {entry}, which" if marker.is_file() else "is there already, and"
                raise DataError(f"{self.folder}: {what} no training has made: move it away, or name another --output")
            if self.options.resume:
                if _read(marker) != identity:
                    raise ConfigError(
                        f"{self.folder}: this was begun with other settings or on another corpus: give the same, or "
                        "start anew with --overwrite"
                    )
                return
            if not self.options.overwrite:
                raise unfinished_error(self.folder, several=True)
            remove_folder(self.folder)
        self.folder.mkdir(parents=True)
        _write(marker, identity)

    def _outcome(self, number: int, run: SeriesRun) -> dict[str, Any]:
        """Carry out one run unless it is done, and return what is kept of it."""
        note, folder = self.folder / f"{number}.json", self.folder / str(number)
        if note.is_file():
            self.options.say(f"{run.title} is done already")
            return _read(note)
        self.options.say(f"{run.title}:")
        model = folder / "model"
        corpora = [
            each if isinstance(each, Manifest) else _written(each, folder / f"corpus-{place}", self.corpora[place])
            for place, each in enumerate(run.corpora())
        ]
        begun = is_saved(model) or is_saved(working_folder(model)) or any(folder.glob("model.*"))
        options = replace(self.options, seeds=1, resume=begun, overwrite=False)
        entry = run.measure(train(run.config, corpora, model, options), model)
        _write(note, entry)
        remove_folder(folder)
        return entry


def without_segmenter(config: Config) -> Config:
    """Return a configuration without a segmenter: a series is scored on the words that the corpus gives."""
    return config.model_copy(update={"segmenter": config.segmenter.model_copy(update={"train": "never"})})


def _written(splits: Splits, folder: Path, source: Manifest) -> Manifest:
    """Write some sentences of a corpus as a corpus of its own, with the schemes that the corpus has.

    Nothing is detected: a part may lack the tags that tell spans from plain tags.
    """
    schemes = Schemes({task: info.scheme for task, info in source.tasks.items()}, {task: {} for task in source.tasks})
    remove_folder(folder)  # what a killed run has written
    with new_folder(folder, overwrite=False, marker=MANIFEST, foreign=foreign_in_corpus) as target:
        writer = CorpusWriter(target, schemes, repair=False, progress=lambda split, done: None)
        for split, sentences in splits.items():
            if sentences:
                writer.write(split, partial(_each, sentences), usual_shards(split))
        manifest = writer.manifest(Provenance(source.name, source.source, source.licence, source.notes))
        manifest.save(target)
    return replace(manifest, directory=folder)


def _each(sentences: Sequence[Sentence], remarks: Remarks) -> Iterator[Sentence]:
    return iter(sentences)


def _read(path: Path) -> dict[str, Any]:
    try:
        found = parse_json(path.read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise ValueError("it is no object")
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read ({error}): start anew with --overwrite") from None
    return found


def _write(path: Path, content: Mapping[str, Any]) -> None:
    write_file(path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
