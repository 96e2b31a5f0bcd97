"""What annotators have accepted, as a file that `tagger convert` reads, and how far they agree."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import combinations
from pathlib import Path

from tagger.annotation.agreement import agreement
from tagger.annotation.annotation_project import AnnotationProject
from tagger.annotation.answer_log import ACCEPT, GivenAnswer
from tagger.annotation.tool_files import document_line, sentence_record
from tagger.errors import ConfigError, DataError
from tagger.files import lies_in, new_file
from tagger.text.layout import Layout
from tagger.text.render import json_line, render_sentence
from tagger.text.sentence import Sentence

COLLECTED_FORMATS = ("jsonl", "conllu")


def collect(
    folder: Path,
    target: Path,
    format: str,
    *,
    annotator: str | None = None,
    overwrite: bool,
    say: Callable[[str], None],
) -> int:
    """Write the excerpts of a project that were accepted, and return how many there are.

    An excerpt that several have accepted has the tags of `annotator`, by default of the first by name. `say` is told of
    these, and of the agreement of every two annotators. Raises ConfigError and DataError for what cannot be.
    """
    if format not in COLLECTED_FORMATS:
        raise ConfigError(f"--to {format}: the answers are written as {' or '.join(COLLECTED_FORMATS)}")
    if target.exists() and not overwrite:
        raise DataError(f"{target}: exists already; name another file, or say --overwrite to replace it")
    if lies_in(target, folder):
        raise DataError(f"{target}: lies in the project, whose answers it could replace; name a file elsewhere")
    project = AnnotationProject(folder)
    answers = project.answers()
    names = list(answers)
    if annotator is not None and annotator not in names:
        raise ConfigError(f"--annotator {annotator}: has given no answer; there are {', '.join(names) or 'none'}")
    for one, other in combinations(names, 2):
        for task in project.project.tasks:
            found = agreement(task, answers[one], answers[other], has_spans=task in project.project.span_tasks)
            if found.excerpts:
                say(f"{one} and {other}, {found}")
    order = sorted(names, key=lambda name: name != annotator)
    by_excerpt = {number: _accepted(number, [answers[name] for name in order]) for number in range(len(project))}
    accepted = {number: given for number, given in by_excerpt.items() if given}
    if not accepted:
        raise DataError(f"{folder}: nobody has accepted anything yet")
    if several := sum(len(given) > 1 for given in accepted.values()):
        say(f"excerpts that several have accepted, with the tags of {order[0]} (--annotator says whose): {several:,}")
    sentences = (
        (excerpt.file, sentence)
        for number, given in accepted.items()
        for excerpt in (project.excerpt(number),)
        for sentence in excerpt.tagged(given[0].tags)
    )
    with new_file(target) as file:
        for line in _lines(sentences, format, project):
            file.write(line.encode("utf-8"))
    return len(accepted)


def _accepted(number: int, answers: Iterable[Mapping[int, GivenAnswer]]) -> list[GivenAnswer]:
    """Return the answers that accept an excerpt, from those of several annotators."""
    given = (of_one[number] for of_one in answers if number in of_one)
    return [answer for answer in given if answer.kind == ACCEPT]


def _lines(sentences: Iterator[tuple[str, Sentence]], format: str, project: AnnotationProject) -> Iterator[str]:
    document = ""
    for source, sentence in sentences:
        layout = Layout(project.project.tasks, project.project.span_tasks, file=source)
        if format == "jsonl":
            yield json_line(sentence_record(sentence, layout)) + "\n"
        else:
            written = render_sentence(replace(sentence, id=f"{source}:{sentence.start}"), "conllu", layout)
            yield (document_line(source) if source != document else "") + written
            document = source
