"""Spans that are given as quoted strings, without offsets: where each of them stands in its text.

Large language models copy strings well and count characters badly, so that what they mark comes as quotations.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple
from unicodedata import combining, normalize

from tagger.errors import DataError
from tagger.text.character_spans import CharacterSpan
from tagger.text.composing import LONGEST_COMPOSED
from tagger.text.json_records import Record
from tagger.text.span_offsets import Piece, cuts_a_word

EVERY = "all"
"""The `occurrence` of a quotation that marks every place where its text stands."""
_QUOTED_CHARACTERS = 60  # of a quotation that a message shows
_MOST_PLACES = 5  # that a message lists
_PLAIN = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02bc\u2039\u203a", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\xab\xbb", '"')
)
"""Typographic quotation marks and apostrophes, which some models write in place of plain ones, and the reverse."""
_HOW_TO_TELL = (
    'give it an "occurrence" (1 for the first place, or "all"), or "start" and "end"; --every-quote marks every place, '
    "in Python every_quote=True of tagger.read"
)


class Quote(NamedTuple):
    """A label over a quoted string.

    `occurrence` says which of the places of the string is meant, from 1, or EVERY; None where it is not said.
    """

    label: str
    text: str
    occurrence: int | str | None = None
    score: float = 1.0

    def __str__(self) -> str:
        text = self.text if len(self.text) <= _QUOTED_CHARACTERS else self.text[: _QUOTED_CHARACTERS - 1] + "…"
        return f"{text!r} ({self.label[:_QUOTED_CHARACTERS]})"


def is_quote(item: Any) -> bool:  # noqa: ANN401 (whatever a list of spans holds)
    """Return whether an item of a list of spans has a text and no offsets."""
    return isinstance(item, dict) and isinstance(item.get("text"), str) and item.get("start") is item.get("end") is None


def quote_of(record: Record, item: dict[str, Any], what: str, score: float = 1.0) -> Quote:
    """Return the quotation of `{"text": "Pfizer", "label": "ORG", "occurrence": 2}`.

    `what` names it in messages. Raises DataError where its label, text or occurrence is wrong.
    """
    label = record.checked(item.get("label"), str, f"'label' of {what}")
    if not label or not item["text"].strip():
        raise record.error(f"{'text' if label else 'label'!r} of {what} is empty")
    occurrence = item.get("occurrence")
    if isinstance(occurrence, str) and re.fullmatch("[0-9]{1,9}", occurrence):
        occurrence = int(occurrence)
    is_number = isinstance(occurrence, int) and not isinstance(occurrence, bool) and occurrence > 0
    if not (occurrence in (None, EVERY) or is_number):
        raise record.error(f"'occurrence' of {what} is {str(occurrence)[:40]!r}: it must be 1 or more, or \"{EVERY}\"")
    return Quote(label, item["text"], occurrence, score)


def find_quotes(
    text: str, quotes: Sequence[Quote], marked: Sequence[CharacterSpan] = (), *, every: bool = False
) -> list[CharacterSpan]:
    """Return the spans of quotations in a text; those of longer strings come first.

    A string may stand there with other white space, other typographic quotation marks and in another normal form of
    Unicode; places where it stands exactly so are preferred where a choice is needed. Places where it does not cut a
    word count before those where it does. A string that stands in several places must be quoted as often, or say its
    `occurrence`; with `every` it marks them all. Places inside a longer quotation, or a span that is `marked` already,
    do not count, nor are they numbered, unless there are no others. Raises DataError for a quotation that is not
    found, or could be in several places.
    """
    searched, is_taken = _SearchedText(text), bytearray(len(text))
    for span in marked:
        is_taken[span.start : span.end] = b"\1" * (span.end - span.start)
    groups: dict[str, list[Quote]] = defaultdict(list)
    for quote in quotes:
        groups[" ".join(_folded(quote.text)[0].split())].append(quote)
    found: list[CharacterSpan] = []
    for group in sorted(groups.values(), key=lambda group: -max(len(quote.text.strip()) for quote in group)):
        places = searched.places(group[0])
        free = [place for place in places if not is_taken[place.start]] or places
        chosen = [(_numbered(quote, free), quote) for quote in group if isinstance(quote.occurrence, int)]
        unnumbered = [quote for quote in group if not isinstance(quote.occurrence, int)]
        spellings = {text[slice(*place)] for place in free}
        if len(spellings) > 1 and not every and all(quote.occurrence is None for quote in unnumbered):
            for quote in list(unnumbered):
                exact = _exact(text, quote, unnumbered, free, [place for place, _ in chosen])
                if exact:
                    chosen.append((exact, quote))
                    unnumbered.remove(quote)
        chosen += _assigned(unnumbered, free, chosen, every=every)
        for place, quote in chosen:
            found.append(CharacterSpan(*place, quote.label, score=quote.score))
            is_taken[place.start : place.end] = b"\1" * (place.end - place.start)
    return found


def _exact(
    text: str, quote: Quote, quotes: Sequence[Quote], places: Sequence[Piece], taken: Sequence[Piece]
) -> Piece | None:
    """Return the first place not taken where a quotation stands letter by letter, if it is the one that is meant."""
    written = quote.text.strip()
    exact = [place for place in places if text[slice(*place)] == written]
    same = [other for other in quotes if other.text.strip() == written]
    if any(other.label != quote.label for other in same):
        return None
    left = [place for place in exact if place not in taken]
    return left[0] if left and len(left) <= len(same) else None


def _assigned(
    quotes: Sequence[Quote], places: Sequence[Piece], chosen: Sequence[tuple[Piece, Quote]], *, every: bool
) -> Iterator[tuple[Piece, Quote]]:
    """Yield the place of each of some quotations of one string, none of which has a number.

    `places` are those of the string, of which some are `chosen` already by others.
    """
    if not quotes:
        return
    first, taken = quotes[0], [place for place, _ in chosen]
    left = [place for place in places if place not in taken]
    others = quotes if left else [*quotes, *(quote for _, quote in chosen)]
    other = next((quote for quote in others if quote.label != first.label), None)
    if other is not None:
        raise DataError(f"the quotations {first} and {other} are of one string: {_HOW_TO_TELL}")
    marks_all = every or any(quote.occurrence == EVERY for quote in quotes)
    if not marks_all and len(quotes) < len(left):
        listed = ", ".join(str(place.start) for place in places[:_MOST_PLACES])
        more = ", …" if len(places) > _MOST_PLACES else ""
        times = len(quotes) + len(chosen)
        raise DataError(
            f"the quotation {first} stands in {len(places)} places, at {listed}{more}, and is given "
            f"{'once' if times == 1 else f'{times} times'}: {_HOW_TO_TELL}"
        )
    for number, place in enumerate(left):
        yield place, quotes[min(number, len(quotes) - 1)]


def _numbered(quote: Quote, places: Sequence[Piece]) -> Piece:
    """Return the place that the number of a quotation names, of those that messages count."""
    number = int(quote.occurrence or 0)
    if number > len(places):
        raise DataError(
            f"the quotation {quote} has the occurrence {number}, but stands in {len(places)} "
            f"place{'s' * (len(places) != 1)} of the text, outside of longer quotations and other spans"
        )
    return places[number - 1]


class _SearchedText:
    """A text in which quotations are searched."""

    def __init__(self, text: str) -> None:
        self._text = text

    def places(self, quote: Quote) -> list[Piece]:
        """Return all places of a quotation. Raises DataError, with what may be meant, where there is none."""
        pattern = r"\s+".join(map(re.escape, _folded(quote.text)[0].split()))
        found = list(_matches(pattern, *self._folded))
        if not found:
            raise self._not_found(quote, pattern)
        return [place for place in found if not cuts_a_word(self._text, place)] or found

    @cached_property
    def _folded(self) -> tuple[str, list[int]]:
        return _folded(self._text)

    def _not_found(self, quote: Quote, pattern: str) -> DataError:
        other = next(_matches(pattern, *self._folded, re.IGNORECASE), None)
        hint = f"; {self._text[slice(*other)]!r} stands there, in another case" if other else ""
        return DataError(
            f"the quotation {quote} does not stand in the text{hint}: quote what stands there, letter by letter, or "
            "leave the span out"
        )


def _matches(pattern: str, folded: str, origins: Sequence[int], flags: int = 0) -> Iterator[Piece]:
    """Yield the places, in the text itself, of matches in the folded text that do not cut a letter from its marks."""
    for match in re.finditer(pattern, folded, flags):
        start, end = match.span()
        if (start == 0 or origins[start - 1] != origins[start]) and origins[end - 1] != origins[end]:
            yield Piece(origins[start], origins[end])


def _folded(text: str) -> tuple[str, list[int]]:
    """Return a text in NFD with plain quotation marks, and the place in the text of each character's letter.

    The last place is the end of the text.
    """
    text = text.translate(_PLAIN)  # one for one
    if text.isascii():
        return text, list(range(len(text) + 1))
    starts = [place for place, character in enumerate(text) if place == 0 or not combining(character)]
    pieces, origins = [], []
    for start, end in pairwise([*starts, len(text)]):
        letter = text[start:end]
        pieces.append(normalize("NFD", letter) if end - start <= LONGEST_COMPOSED else letter)
        origins += [start] * len(pieces[-1])
    return "".join(pieces), [*origins, len(text)]
