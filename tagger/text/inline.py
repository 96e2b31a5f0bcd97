"""Tagged sentences as lines for people to read, with or without a terminal's colours."""

from collections.abc import Iterable, Sequence

from tagger.text.colors import BOLD, RESET, label_color, tag_color
from tagger.text.layout import Layout
from tagger.text.sentence import Sentence, Span


def as_text(sentence: Sentence, layout: Layout) -> str:
    """Return the sentence as a line of `word/tag`: `Ada/PROPN/B-PER sleeps/VERB/O`.

    With scores `Ada/PROPN:0.98/B-PER:0.95`; with the top tags `Ada/PROPN:0.98;NOUN:0.01/B-PER:0.95;O:0.03`.
    """
    words: Sequence[str] = sentence.words
    columns: Sequence[Sequence[str]] = [_written_tags(sentence, task, layout) for task in layout.tasks_of(sentence)]
    if layout.color:
        words, columns = _in_colors(sentence, columns, layout)
    return " ".join(map("/".join, zip(words, *columns, strict=True))) + "\n"


def _written_tags(sentence: Sentence, task: str, layout: Layout) -> Sequence[str]:
    """Return the tags of a task as text, with the probabilities that the layout shows."""
    tags = sentence.tags[task]
    if layout.top:
        return [joined(best, 2) for best in sentence.tops(task, layout.top)]
    if layout.scores:
        return [f"{tag}:{score:.2f}" for tag, score in zip(tags, sentence.scores(task), strict=True)]
    return tags


def _in_colors(
    sentence: Sentence, columns: Sequence[Sequence[str]], layout: Layout
) -> tuple[list[str], list[list[str]]]:
    """Return the words and the written tags with colours.

    Words of spans are bold in the colour of their label.
    """
    words = list(sentence.words)
    for task in layout.tasks_of(sentence):
        for span in sentence.spans(task) if task in layout.span_tasks else ():
            for at in range(span.first, span.last + 1):
                words[at] = f"{BOLD}{label_color(span.label)}{sentence.words[at]}{RESET}"
    colored = [
        [f"{tag_color(tag)}{written}{RESET}" for tag, written in zip(sentence.tags[task], column, strict=True)]
        for task, column in zip(layout.tasks_of(sentence), columns, strict=True)
    ]
    return words, colored


def as_brackets(sentence: Sentence, layout: Layout) -> str:
    """Return the sentence as a line with its spans in brackets: `[Ada Lovelace PER] slept .`

    With scores `[Ada Lovelace PER:0.93]`. There is one line for each task with spans. It is for people, not for
    programs: a word may be a bracket too.
    """
    lines = []
    for task in layout.tasks_of(sentence):
        if task in layout.span_tasks:
            parts: list[str] = []
            at = 0
            for span in sentence.spans(task):
                parts += sentence.words[at : span.first]
                parts.append(_bracketed(span, sentence.words[span.first : span.last + 1], layout))
                at = span.last + 1
            lines.append(" ".join((*parts, *sentence.words[at:])) + "\n")
    return "".join(lines)


def _bracketed(span: Span, words: Sequence[str], layout: Layout) -> str:
    """Return one span in its brackets."""
    label = f"{span.label}:{span.score:.2f}" if layout.scores else span.label
    if not layout.color:
        return f"[{' '.join(words)} {label}]"
    color = label_color(span.label)
    return f"{color}[{BOLD}{' '.join(words)}{RESET}{color} {label}]{RESET}"


def joined(best: Iterable[tuple[str, float]], places: int) -> str:
    """Return tags with their probabilities as one string: `NOUN:0.98;VERB:0.01`."""
    return ";".join(f"{tag}:{score:.{places}f}" for tag, score in best)
