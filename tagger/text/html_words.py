"""One tagged sentence as HTML: spans around its words, parts of speech under them.

    <span class="s ltr"><mark class="l0"><span class="w">Ada<sub dir="ltr">PROPN</sub></span><b>PER</b></mark> …

All text of the sentence stands in it as it was, so that what is left without `sub`, `b` and `i` is the text itself.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from html import escape
from typing import NamedTuple, Protocol

from tagger.text.colors import label_number
from tagger.text.scheme import spans_from_tags


class TaggedWords(Protocol):
    """The parts of a `Sentence` that are shown; a type of its own, because `Sentence` shows itself with it."""

    @property
    def text(self) -> str:
        """Return the text of the sentence."""

    @property
    def start(self) -> int:
        """Return the offset of its first character in the whole input."""

    @property
    def words(self) -> tuple[str, ...]:
        """Return the words."""

    @property
    def starts(self) -> tuple[int, ...]:
        """Return the offsets of their first characters."""

    @property
    def ends(self) -> tuple[int, ...]:
        """Return the offsets after their last characters."""

    @property
    def tags(self) -> Mapping[str, tuple[str, ...]]:
        """Return the tags of each task."""

    @property
    def after(self) -> str | None:
        """Return the white space after the sentence, None if unknown."""

    @property
    def paragraph(self) -> bool:
        """Return whether a paragraph begins with the sentence."""

    @property
    def probabilities(self) -> Mapping[str, object]:
        """Return the probabilities of the tasks that a model tagged."""

    def scores(self, task: str) -> list[float]:
        """Return the probability of each word's tag."""

    def tops(self, task: str, count: int = 3) -> list[list[tuple[str, float]]]:
        """Return the most probable tags of each word with their probabilities."""


class _Cell(NamedTuple):
    """Words `first` to `last` of a sentence, which share the characters from `start` to `end` of its text."""

    first: int
    last: int
    start: int
    end: int


class _Around(NamedTuple):
    """An element around cells `first` to `last`; of two that begin and end together, the one of lower rank is outside.

    `label` is HTML before its end. Where the element must be cut, all parts but the last have the class `x`, and all
    but the first `k`.
    """

    first: int
    last: int
    rank: int
    name: str
    classes: str
    attributes: str = ""
    label: str = ""

    def ends_in(self, group: "_Around") -> bool:
        """Return whether it is a span that ends inside a group."""
        return self.rank >= 0 and self.last <= group.last

    def opening(self, *, again: bool, cut: bool = False) -> str:
        """Return the tag that opens it, or one of its parts."""
        classes = self.classes + " k" * again + " x" * cut
        return f'<{self.name} class="{classes}"{self.attributes}>'


_RUN, _GROUP = -2, -1  # ranks; those of spans begin at 0


# HTML has no place for control characters, nor UTF-8 for surrogates; directional ones would reorder what follows.
_UNSHOWN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LONGEST_GROUP = 8  # cells
_STRONG = {"L": "ltr", "R": "rtl", "AL": "rtl"}


def escaped(text: str) -> str:
    """Return text for HTML: markup and quotes escaped, control and directional characters as `‹U+202E›`."""
    return escape(
        _UNSHOWN.sub(lambda found: f"‹U+{ord(found[0]):04X}›", text.replace("\r\n", "\n").replace("\r", "\n"))
    )


def sentence_html(
    sentence: TaggedWords, tasks: Sequence[str], span_tasks: Collection[str], *, scores: bool = False, top: int = 0
) -> str:
    """Return the HTML of a sentence.

    `tasks` are those shown; tags of `span_tasks` are in IOB2 and make spans. With `scores` the probabilities of the
    tags are shown on hover, with `top` those of the best tags of each word.
    """
    tasks = [task for task in tasks if task in sentence.tags]
    columns = [sentence.tags[task] for task in tasks if task not in span_tasks]
    cells = list(_cells(sentence))
    arounds = list(_spans(sentence, [task for task in tasks if task in span_tasks], cells, scores))
    if columns:
        runs = list(_runs(sentence.text, cells))
        bounds = {run.last for run in runs} | {run.first - 1 for run in runs}
        groups = _groups(sentence.text, cells, {span.last for span in arounds}, bounds)
        arounds += [*runs, *groups]
    titles = _titles(sentence, tasks, scores, top)
    begins: dict[int, list[_Around]] = {}
    for around in sorted(arounds, key=lambda around: (around.rank == _GROUP, -around.last, around.rank)):
        begins.setdefault(around.first, []).append(around)
    writer = _Writer()
    at = 0
    for number, cell in enumerate(cells):
        writer.add(escaped(sentence.text[at : cell.start]))
        for around in begins.get(number, ()):
            writer.open(around)
        writer.add(_cell_html(sentence, cell, columns, titles))
        writer.close(number)
        at = cell.end
    return f'<span class="{_classes(sentence.text)}">{writer.html()}{escaped(sentence.text[at:])}</span>'


def _classes(text: str) -> str:
    """Return the classes of a sentence; one is its direction, because `dir` would hide it from its paragraph's."""
    direction = _direction(text)
    return f"s {direction}" if direction else "s"


class _Writer:
    """Writes elements that may overlap: where one ends inside another, the one that goes on is cut in parts."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._opened: list[tuple[_Around, int, bool]] = []  # with the place of its tag, and whether it is a later part

    def add(self, html: str) -> None:
        self._pieces.append(html)

    def open(self, around: _Around) -> None:
        """Open an element. Spans that end inside a group are cut, so that their ends are in the group."""
        cut = []
        while around.rank == _GROUP and self._opened and self._opened[-1][0].ends_in(around):
            cut.append(self._cut())
        self._begin(around, again=False)
        for each, is_new in reversed(cut):
            self._begin(each, again=not is_new)

    def close(self, number: int) -> None:
        """Close all elements that end with a cell."""
        left = sum(around.last == number for around, _, _ in self._opened)
        cut = []
        while left:
            around, _, _ = self._opened[-1]
            if around.last == number:
                self._opened.pop()
                self._pieces.append(f"{around.label}</{around.name}>")
                left -= 1
            else:
                cut.append(self._cut())
        for each, is_new in reversed(cut):
            self._begin(each, again=not is_new)

    def html(self) -> str:
        return "".join(self._pieces)

    def _begin(self, around: _Around, *, again: bool) -> None:
        self._opened.append((around, len(self._pieces), again))
        self._pieces.append(around.opening(again=again))

    def _cut(self) -> tuple[_Around, bool]:
        """End a part of the last element; return it, and whether nothing was in it yet, so that there is no part."""
        around, place, again = self._opened.pop()
        if place == len(self._pieces) - 1:
            self._pieces.pop()
            return around, not again
        self._pieces[place] = around.opening(again=again, cut=True)
        self._pieces.append(f"</{around.name}>")
        return around, False


def _cells(sentence: TaggedWords) -> Iterator[_Cell]:
    """Yield the cells of a sentence: words that share characters, as those of `zum` do, are in one."""
    first, end = 0, 0
    count = len(sentence.words)
    while first < count:
        start, end = sentence.starts[first] - sentence.start, sentence.ends[first] - sentence.start
        last = first
        while last + 1 < count and sentence.starts[last + 1] - sentence.start < end:
            last += 1
            end = max(end, sentence.ends[last] - sentence.start)
        yield _Cell(first, last, start, end)
        first = last + 1


def _spans(sentence: TaggedWords, tasks: Sequence[str], cells: Sequence[_Cell], scores: bool) -> Iterator[_Around]:
    """Yield the spans of some tasks. A span that begins or ends inside a cell has all of it."""
    cell_of = [number for number, cell in enumerate(cells) for _ in range(cell.first, cell.last + 1)]
    for rank, task in enumerate(tasks):
        tags = sentence.tags[task]
        values = sentence.scores(task) if scores else ()
        for label, first, last in spans_from_tags(tags):
            title = ""
            if scores:
                probability = 1.0
                for value in values[first : last + 1]:
                    probability *= value
                title = f' title="{escaped(f"{task}: {label} {probability:.2f}")}"'
            yield _Around(
                cell_of[first],
                cell_of[last],
                rank,
                "mark",
                f"l{label_number(label)}",
                title,
                f'<b dir="ltr">{escaped(label)}</b>',
            )


def _groups(text: str, cells: Sequence[_Cell], labelled: Collection[int], bounds: Collection[int]) -> Iterator[_Around]:
    """Yield an element around cells between which no line may break, and around those that a label follows.

    Browsers break lines beside a cell whatever stands there. No group goes beyond one of the cells `bounds`.
    """
    first = 0
    for number, cell in enumerate(cells):
        following = cells[number + 1].start if number + 1 < len(cells) else -1
        may_go_on = number not in bounds and number - first + 1 < _LONGEST_GROUP
        if cell.end == following and may_go_on and _stays_together(text, following):
            continue
        if number > first or number in labelled:
            yield _Around(first, number, _GROUP, "span", "g")
        first = number + 1


def _runs(text: str, cells: Sequence[_Cell]) -> Iterator[_Around]:
    """Yield an element around each run of cells that are written against the direction of the sentence.

    A cell is laid out as a whole, so that a browser knows nothing of the direction of its letters.
    """
    if text.isascii():
        return
    directions = [_direction(text[cell.start : cell.end]) for cell in cells]
    base = next(filter(None, directions), "")
    against = [number for number, direction in enumerate(directions) if direction not in ("", base)]
    while against:
        first = last = against.pop(0)
        while against and base not in directions[last : against[0]]:
            last = against.pop(0)
        yield _Around(first, last, _RUN, "span", directions[first])


def _direction(text: str) -> str:
    """Return the direction of the first letter that has one (Unicode Standard Annex 9, P2); empty if none has."""
    return next((_STRONG[kind] for kind in map(unicodedata.bidirectional, text) if kind in _STRONG), "")


def _titles(sentence: TaggedWords, tasks: Sequence[str], scores: bool, top: int) -> list[str]:
    """Return what is shown on hover for each word, a line a task; empty where nothing was asked for."""
    lines: list[list[str]] = []
    for task in tasks if scores or top else ():
        if top:
            best = [", ".join(f"{tag} {value:.2f}" for tag, value in each) for each in sentence.tops(task, top)]
        else:
            best = [f"{tag} {value:.2f}" for tag, value in zip(sentence.tags[task], sentence.scores(task), strict=True)]
        lines.append([f"{task}: {each}" for each in best])
    return ["\n".join(each) for each in zip(*lines, strict=True)] if lines else [""] * len(sentence.words)


def _cell_html(sentence: TaggedWords, cell: _Cell, columns: Sequence[Sequence[str]], titles: Sequence[str]) -> str:
    shown = escaped(sentence.text[cell.start : cell.end])
    if cell.first == cell.last:
        return _word_html(shown, cell.first, columns, titles)
    words = [
        _word_html(f"<i>{escaped(sentence.words[place])}</i>", place, columns, titles)
        for place in range(cell.first, cell.last + 1)
    ]
    return f'<span class="w">{shown}<span class="p">{"".join(words)}</span></span>'


def _word_html(shown: str, place: int, columns: Sequence[Sequence[str]], titles: Sequence[str]) -> str:
    title = f' title="{escaped(titles[place])}"' if titles[place] else ""
    tags = "".join([f'<sub dir="ltr">{escaped(column[place])}</sub>' for column in columns])
    if tags:
        return f'<span class="w"{title}>{shown}{tags}</span>'
    return f"<span{title}>{shown}</span>" if title else shown


def _stays_together(text: str, at: int) -> bool:
    """Return whether a line must not break before a place between two words: beside a mark, or in a word such as don't.

    In scripts without spaces a line may break between any words.
    """
    before, after = text[at - 1], text[at]
    if not after.isalnum():
        return unicodedata.category(after) not in ("Ps", "Pi")
    if not before.isalnum():
        return unicodedata.category(before) in ("Ps", "Pi") or before in "'\"’"
    return before < "\u0e00" and after < "\u0e00"
