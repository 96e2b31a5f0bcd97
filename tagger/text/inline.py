"""Tagged sentences as lines for a reader, in a terminal's colours where they are asked for."""

from collections.abc import Iterable, Sequence

from tagger.text.colors import BOLD, RESET, label_color, tag_color
from tagger.text.layout import Layout
from tagger.text.sentence import Sentence, Span


def as_text(sentence: Sentence, layout: Layout) -> str:
    """A line a sentence: `Ada/PROPN/B-PER sleeps/VERB/O`, with scores `Ada/PROPN:0.98/B-PER:0.95`, and where the best
    tags are asked for, all of them: `Ada/PROPN:0.98;NOUN:0.01/B-PER:0.95;O:0.03`."""
    columns = [written_tags(sentence, task, layout) for task in layout.tasks_of(sentence)]
    words: Sequence[str] = sentence.words
    if layout.color:
        words, columns = in_colors(sentence, columns, layout)
    return " ".join(map("/".join, zip(words, *columns, strict=True))) + "\n"


def written_tags(sentence: Sentence, task: str, layout: Layout) -> Sequence[str]:
    """The tags of a task as they stand in a line, with what is asked for of their scores."""
    tags = sentence.tags[task]
    if layout.top:
        return [joined(best, 2) for best in sentence.tops(task, layout.top)]
    if layout.scores:
        return [f"{tag}:{score:.2f}" for tag, score in zip(tags, sentence.scores(task), strict=True)]
    return tags


def in_colors(
    sentence: Sentence, columns: Sequence[Sequence[str]], layout: Layout
) -> tuple[Sequence[str], list[Sequence[str]]]:
    """Words and tags in colours: tags by their kind, the words of spans bold in their label's."""
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
    """A line a sentence with its spans in brackets, `[Ada Lovelace PER] slept .`, with scores `[Ada Lovelace
    PER:0.93]`; where several tasks make spans, one such line for each. For readers: a word may be a bracket too."""
    lines = []
    for task in layout.tasks_of(sentence):
        if task in layout.span_tasks:
            parts, at = [], 0
            for span in sentence.spans(task):
                parts += sentence.words[at : span.first]
                parts.append(bracketed(span, sentence.words[span.first : span.last + 1], layout))
                at = span.last + 1
            lines.append(" ".join((*parts, *sentence.words[at:])) + "\n")
    return "".join(lines)


def bracketed(span: Span, words: Sequence[str], layout: Layout) -> str:
    """One span in its brackets."""
    label = f"{span.label}:{span.score:.2f}" if layout.scores else span.label
    if not layout.color:
        return f"[{' '.join(words)} {label}]"
    color = label_color(span.label)
    return f"{color}[{BOLD}{' '.join(words)}{RESET}{color} {label}]{RESET}"


def joined(best: Iterable[tuple[str, float]], places: int) -> str:
    """Tags with their scores in one string: `NOUN:0.98;VERB:0.01`."""
    return ";".join(f"{tag}:{score:.{places}f}" for tag, score in best)
