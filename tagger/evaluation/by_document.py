"""Scores of a model on each document of a split, the worst first."""

from collections.abc import Mapping
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tagger.corpus.document_groups import document_groups
from tagger.corpus.manifest import Manifest
from tagger.corpus.read import read_split
from tagger.evaluation.evaluate import Sums, sum_up
from tagger.evaluation.main_figures import main_figure
from tagger.evaluation.scores import PlainScores, Scores, SpanScores
from tagger.evaluation.split import require_given, tagged_pairs, tasks_to_score
from tagger.runtime.tagger import Tagger
from tagger.tables import FullWidthTable, percent

MOST_DOCUMENTS = 20
"""Most documents in the table."""


@dataclass(frozen=True)
class DocumentScores:
    """Scores of one document; `tasks` has those that it is annotated for."""

    name: str
    sentences: int
    tokens: int
    tasks: Mapping[str, PlainScores | SpanScores]

    def figure(self, task: str) -> float | None:
        """The main figure of a task; None where the document has nothing of it to score, such as no span at all."""
        scores = self.tasks.get(task)
        if scores is None or (isinstance(scores, SpanScores) and not scores.types):
            return None
        return main_figure(scores)


@dataclass(frozen=True)
class ScoresByDocument(Scores):
    """Scores of a split, and of each of its documents.

    `grouped_by` says what the documents are (see `document_groups`): `document`, or `paragraph` or `sentence` where the
    corpus does not tell documents apart. `documents` has those first whose main figures are lowest, in the mean of all
    tasks; of equals the longest, and at the end those that have nothing to score.
    """

    grouped_by: str
    documents: tuple[DocumentScores, ...]


def score_documents(tagger: Tagger, corpus: Manifest, split: str) -> ScoresByDocument:
    """Tag a split, and score it as `score_split` does and each document of it for itself.

    Raises what `score_split` raises.
    """
    schemes = tasks_to_score(tagger.schemes, corpus, split)
    require_given(tagger, [corpus], split)
    groups, what = document_groups(list(read_split(corpus, split)))
    pairs = tagged_pairs(tagger, [sentence for group in groups for sentence in group.sentences])
    whole, documents = Sums(split), []
    for group in groups:
        of_group = [next(pairs) for _ in group.sentences]
        annotated = {
            task: scheme for task, scheme in schemes.items() if any(task in each.tags for each in group.sentences)
        }
        sums = sum_up(of_group, annotated, split=split, known=tagger.knows, tags=tagger.tags)
        whole.include(sums)
        scores = sums.scores()
        documents.append(DocumentScores(group.name, scores.sentences, scores.tokens, scores.tasks))
    whole.tasks = {task: whole.tasks[task] for task in schemes}
    every = whole.scores()
    ordered = tuple(sorted(documents, key=_badness))
    return ScoresByDocument(every.split, every.sentences, every.tokens, every.tasks, what, ordered)


def _badness(document: DocumentScores) -> tuple[bool, float, int]:
    """The sort key that puts the worst document first."""
    figures = [figure for task in document.tasks if (figure := document.figure(task)) is not None]
    return not figures, sum(figures) / len(figures) if figures else 0.0, -document.tokens


def print_documents(scores: ScoresByDocument, console: Console) -> None:
    """Print the main figures of the worst documents, in percent, beside those of the whole split."""
    many = len(scores.documents)
    shown = scores.documents[:MOST_DOCUMENTS]
    kinds = scores.grouped_by.replace(" and ", "s and ")
    heading = f"{scores.split}: the worst of {many:,} {kinds}s" if many > len(shown) else scores.split
    console.print(Text(heading), soft_wrap=True)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(scores.grouped_by, no_wrap=True)
    for name in ("sentences", "tokens", *(f"{task} {_name(each)}" for task, each in scores.tasks.items())):
        table.add_column(name, justify="right", no_wrap=True)
    for each in shown:
        figures = [each.figure(task) for task in scores.tasks]
        cells = ["–" if figure is None else percent(figure) for figure in figures]
        table.add_row(Text(each.name), f"{each.sentences:,}", f"{each.tokens:,}", *cells)
    table.add_section()
    every = [percent(main_figure(each)) for each in scores.tasks.values()]
    table.add_row("all", f"{scores.sentences:,}", f"{scores.tokens:,}", *every)
    console.print(FullWidthTable(table), soft_wrap=True, highlight=False)
    if many > len(shown):
        console.print(Text(f"--json has all {many:,}"), soft_wrap=True)


def _name(scores: PlainScores | SpanScores) -> str:
    return "f1" if isinstance(scores, SpanScores) else "accuracy"
