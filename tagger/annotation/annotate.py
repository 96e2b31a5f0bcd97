"""Files for annotation tools from files of text, behind `tagger annotate`."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tagger.annotation.annotation_project import PROJECT_FILE, create_project
from tagger.annotation.annotation_queue import AnnotationQueue
from tagger.annotation.excerpts import UNITS, Excerpt, pile, tagged_excerpts
from tagger.annotation.tool_files import (
    TOOL_FILES,
    TOOLS_TO_WRITE,
    TOOLS_WITH_LABELS,
    Project,
    check_target,
    interface_file,
    write_tool_file,
)
from tagger.errors import ConfigError
from tagger.files import check_free, check_outside
from tagger.model.shipped_models import find_model
from tagger.runtime.tagger import Tagger, load
from tagger.tagging.several_files import SeveralFiles
from tagger.text.scheme import span_labels

Say = Callable[[str], None]
"""A function that tells the user something."""


@dataclass(frozen=True)
class AnnotateOptions:
    """What is annotated, and what comes first.

    `model` is a model folder or the name of a shipped model, english by default; `tasks` are some of its tasks, all by
    default, but for tools that hold the spans of one. `labels` are offered beside the model's, in the first task
    that has spans. `unit` is one of UNITS,
    `reading` is `text` or `lines`, `queue` how many excerpts are chosen (None for all, in the order of the pile), and
    `seek` are labels that are to be among them.
    """

    model: Path | str | None = None
    tasks: Sequence[str] = ()
    labels: Sequence[str] = ()
    unit: str = "sentence"
    reading: str = "text"
    queue: int | None = None
    seek: Sequence[str] = ()
    trust_code: bool = False


def annotate_files(
    paths: Sequence[str],
    tool: str,
    target: Path,
    options: AnnotateOptions,
    *,
    overwrite: bool = False,
    say: Say = print,
) -> int:
    """Write the excerpts of text files for an annotation tool, one of TOOLS_TO_WRITE; return how many there were.

    `say` is told of files that are empty or cannot be read, where there are several. Raises TaggerError for errors that
    a user can fix, before anything is tagged where that is possible.
    """
    if tool not in TOOLS_TO_WRITE:
        raise ConfigError(f"--to {tool}: there is no such tool; there are {', '.join(TOOLS_TO_WRITE)}")
    if options.labels and tool not in TOOLS_WITH_LABELS:
        with_labels = ", ".join(TOOLS_WITH_LABELS)
        raise ConfigError(
            f"--labels goes with {with_labels} and serve; with {tool}, the tool itself is told its labels"
        )
    files = pile(paths)
    tagger = load(options.model, trust_code=options.trust_code)
    project = project_of(tagger, options, takes_tags=tool in TOOL_FILES and TOOL_FILES[tool].takes_tags)
    check_target(tool, target, project, overwrite=overwrite)
    check_outside(files, target)
    several = SeveralFiles(files)
    excerpts = chosen_excerpts(several, tagger, project, options)
    count = write_tool_file(_told(excerpts, several, say), tool, target, project)
    several.check()
    if tool == "label-studio":
        say(f"its labelling interface, to paste into the project's settings: {interface_file(target)}")
    return count


def make_project(paths: Sequence[str], folder: Path, options: AnnotateOptions, *, say: Say = print) -> int:
    """Make the folder of a project in which people annotate the excerpts of text files; return how many there are.

    `say` is told of files that are empty or cannot be read, where there are several. Raises TaggerError as
    `annotate_files` does.
    """
    check_free(folder, marker=PROJECT_FILE)
    files = SeveralFiles(pile(paths))
    tagger = load(options.model, trust_code=options.trust_code)
    project = project_of(tagger, options, takes_tags=False)
    excerpts = chosen_excerpts(files, tagger, project, options)
    return create_project(folder, _told(excerpts, files, say), project)


def project_of(tagger: Tagger, options: AnnotateOptions, *, takes_tags: bool) -> Project:
    """Return what is annotated. Raises ConfigError for tasks and labels that the model does not have.

    `takes_tags` says that the tags of any tasks can be annotated, where otherwise it is the spans of one.
    """
    if not tagger.tasks:
        raise ConfigError("the model is a segmenter, which tags nothing: name a model that tags, with --model")
    tasks = tuple(options.tasks)
    for task in tasks:
        if task not in tagger.tasks:
            raise ConfigError(f"--tasks {task}: the model has no such task; it has {', '.join(tagger.tasks)}")
    if not tasks:
        tasks = tagger.tasks if takes_tags else (tagger.span_tasks[:1] or tagger.tasks)
    span_tasks = tuple(task for task in tasks if task in tagger.span_tasks)
    labels = {task: span_labels(tagger.tags[task]) if task in span_tasks else list(tagger.tags[task]) for task in tasks}
    known = [label for task in tasks for label in labels[task]]
    for label in options.seek:
        if label not in known:
            raise ConfigError(f"--seek {label}: the model has no such label; it has {', '.join(known)}")
    extended = (*span_tasks, *tasks)[0]
    labels[extended] = list(dict.fromkeys([*labels[extended], *options.labels]))
    return Project(tasks, span_tasks, labels, find_model(options.model).name)


def chosen_excerpts(
    files: SeveralFiles, tagger: Tagger, project: Project, options: AnnotateOptions
) -> Iterator[Excerpt]:
    """Yield the excerpts to annotate: all of the pile or, with a queue, those to begin with."""
    if options.unit not in UNITS:
        raise ConfigError(f"--unit {options.unit}: there is none; there are {', '.join(UNITS)}")
    if options.seek and options.queue is None:
        raise ConfigError("--seek goes with --queue, such as --queue 200")
    excerpts = tagged_excerpts(
        files, tagger, project.tasks, unit=options.unit, reading=options.reading, seek=frozenset(options.seek)
    )
    if options.queue is None:
        return excerpts
    queue = AnnotationQueue(options.queue, seeks=bool(options.seek))
    queue.add(excerpts)
    return iter(queue.chosen())


def _told(excerpts: Iterable[Excerpt], files: SeveralFiles, say: Say) -> Iterator[Excerpt]:
    """Yield the excerpts, and tell what was not read as soon as that is known."""
    for excerpt in excerpts:
        files.tell(say)
        yield excerpt
    files.tell(say)
