"""A folder in which people annotate: the excerpts to annotate, and the answers of each annotator.

    project.json          the tasks and their labels, and the model whose tags are corrected
    excerpts.jsonl        one excerpt a line, with the model's tags and scores
    answers/NAME.jsonl    the answers of the annotator NAME

Excerpts are numbered from 0 and never change; answers name them by number.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tagger.annotation.answer_log import GivenAnswer, read_answers
from tagger.annotation.excerpts import Excerpt
from tagger.annotation.tool_files import Project, sentence_record
from tagger.documents import parse_json
from tagger.errors import ConfigError, DataError
from tagger.files import new_folder, write_file
from tagger.text.json_records import Record
from tagger.text.json_tokens import sentence_of_objects
from tagger.text.layout import Layout
from tagger.text.plain_json import rounded
from tagger.text.render import json_line
from tagger.text.scheme import invalid_positions, spans_from_tags, split_tag, tags_from_spans
from tagger.text.sentence import Sentence

PROJECT_FILE = "project.json"
_EXCERPTS, _ANSWERS = "excerpts.jsonl", "answers"
_NAME = re.compile(r"\w[\w.-]{0,60}")


@dataclass(frozen=True)
class StoredExcerpt:
    """An excerpt of a project: its sentences with a model's tags, and the probability of each word's tag of a task."""

    file: str
    sentences: tuple[Sentence, ...]
    scores: Mapping[str, Sequence[float]]

    @property
    def words(self) -> int:
        """The number of its words."""
        return sum(map(len, self.sentences))

    def tags(self, task: str) -> list[str]:
        """Return the model's tags of one task, of all words; spans are in IOB2."""
        return [tag for sentence in self.sentences for tag in sentence.tags[task]]

    def tagged(self, tags: Mapping[str, Sequence[str]]) -> list[Sentence]:
        """Return the sentences with other tags, given for all words."""
        found, first = [], 0
        for sentence in self.sentences:
            for task, column in tags.items():
                sentence = sentence.with_tags(task, column[first : first + len(sentence)])
            found.append(sentence)
            first += len(sentence)
        return found


class AnnotationProject:
    """A project that exists. Raises DataError where the folder is none, or is damaged."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            content = parse_json((folder / PROJECT_FILE).read_bytes())
            self.project = Project(content["tasks"], content["span_tasks"], content["labels"], content["model"])
            self._file = (folder / _EXCERPTS).open("rb")
        except FileNotFoundError:
            raise DataError(f"{folder}: no project there; tagger annotate serve FILES --output {folder}") from None
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"{folder / PROJECT_FILE}: damaged ({error}); make the project again elsewhere") from None
        self._starts = [0]  # bytes before each excerpt; only these are held
        for line in self._file:
            self._starts.append(self._starts[-1] + len(line))

    def __len__(self) -> int:
        return len(self._starts) - 1

    def excerpt(self, number: int) -> StoredExcerpt:
        """Read an excerpt. Raises DataError where its line is damaged."""
        place = f"{self.folder / _EXCERPTS}:{number + 1}"
        self._file.seek(self._starts[number])
        raw = self._file.read(self._starts[number + 1] - self._starts[number]).decode("utf-8", "replace")
        try:
            content = parse_json(raw)
            records = [Record(keys, place, number + 1, "") for keys in content["sentences"]]
            sentences = [sentence_of_objects(each, each.get("tokens", list), "", None) for each in records]
            return StoredExcerpt(content["file"], tuple(sentences), content["scores"])
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"{place}: damaged ({error}); make the project again elsewhere") from None

    def answers_file(self, annotator: str) -> Path:
        """Return the file of an annotator's answers. Raises ConfigError for a name that cannot be one of a file."""
        if not _NAME.fullmatch(annotator):
            raise ConfigError(f"--annotator {annotator}: a name has letters, digits, -, _ and . alone; choose another")
        return self.folder / _ANSWERS / f"{annotator}.jsonl"

    def answers(self) -> dict[str, dict[int, GivenAnswer]]:
        """Return the answers that hold of those who have given any, by name, in the order of the names."""
        found = {path.stem: read_answers(path) for path in sorted((self.folder / _ANSWERS).glob("*.jsonl"))}
        return {name: answers for name, answers in found.items() if answers}

    def check_tags(self, number: int, tags: Mapping[str, Any]) -> None:
        """Raise DataError unless the tags are those of an excerpt: one for each word of each task, of its labels."""
        excerpt = self.excerpt(number)
        length = excerpt.words
        for task in self.project.tasks:
            column, labels = tags.get(task), self.project.labels[task]
            has_spans = task in self.project.span_tasks
            if not isinstance(column, list) or len(column) != length:
                raise DataError(f"'{task}' must be a list of {length} tags, one for each word")
            for tag in column:
                label = None if not isinstance(tag, str) else split_tag(tag)[1] if has_spans else tag
                if label not in labels and not (has_spans and tag == "O"):
                    raise DataError(f"{str(tag)[:60]!r} is no tag of '{task}'")
            for sentence in excerpt.tagged({task: column}) if has_spans else ():
                if invalid_positions(sentence.tags[task], "IOB2"):
                    raise DataError(
                        f"the tags of '{task}' are not in IOB2, in which a span ends with its sentence: end it before "
                        f"'{sentence.words[0]}'"
                    )


def create_project(folder: Path, excerpts: Iterable[Excerpt], project: Project) -> int:
    """Make a project of excerpts, and return how many there are.

    Raises DataError where the folder exists already, or there is no excerpt.
    """
    count = 0
    with new_folder(folder, marker=PROJECT_FILE) as unfinished:
        (unfinished / _ANSWERS).mkdir()
        with (unfinished / _EXCERPTS).open("w", encoding="utf-8", newline="\n") as file:
            for excerpt in excerpts:
                count += 1
                file.write(_line(excerpt, project))
        if not count:
            raise DataError(f"{folder}: there is no excerpt with a word to annotate; give texts that have some")
        content = {"model": project.model, "tasks": project.tasks, "span_tasks": project.span_tasks}
        write_file(unfinished / PROJECT_FILE, json_line({**content, "labels": project.labels}) + "\n")
    return count


def _line(excerpt: Excerpt, project: Project) -> str:
    scores = {
        task: [rounded(score) for sentence in excerpt.sentences for score in sentence.scores(task)]
        for task in project.tasks
    }
    layout = Layout(project.tasks, file=excerpt.file)
    records = [sentence_record(_in_iob2(sentence, project.span_tasks), layout) for sentence in excerpt.sentences]
    return json_line({"file": excerpt.file, "sentences": records, "scores": scores}) + "\n"


def _in_iob2(sentence: Sentence, tasks: Iterable[str]) -> Sentence:
    """Return a sentence whose spans are written in IOB2, whatever the model's scheme is."""
    tags = {task: tuple(tags_from_spans(spans_from_tags(sentence.tags[task]), len(sentence), "IOB2")) for task in tasks}
    return replace(sentence, tags={**sentence.tags, **tags})
