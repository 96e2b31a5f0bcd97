"""Names of persons, places and organisations in one guideline, and the F1 of names by their characters.

Systems and corpora have labels of their own. `TYPES` maps them to PER, LOC and ORG; a label that is not in it, such as
NORP, DATE or MISC, is no name. `trimmed` takes off what OntoNotes, which spaCy's models learned from, counts as part of
a name, and the corpora that are scored here do not: a leading article and a trailing `'s`.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence

TYPES = {
    "PER": ("PERSON", "person", "Person"),
    "LOC": ("GPE", "FAC", "location", "Place"),
    "ORG": ("corporation", "group", "Organization"),
}
"""The labels that become each of the three: of OntoNotes (capitals), WNUT 2017 (small letters) and compromise."""
SAME = {label: kind for kind, labels in TYPES.items() for label in (kind, *labels)}
ARTICLES = frozenset(("the", "a", "an"))
POSSESSIVES = frozenset(("'s", "’s", "'", "’"))
MAPPING = (
    "; ".join(f"{', '.join(labels)} → {kind}" for kind, labels in TYPES.items())
    + "; other labels are no names. A leading the, a or an (with a capital only where a sentence begins) and a "
    "trailing 's are cut off from the names of spaCy and compromise."
)
"""The mapping as a sentence, which stands below the tables."""

Name = tuple[str, int, int]
"""A label, and the places of the first word or character and of the one after the last."""


def three_types(names: Iterable[Name]) -> Iterator[Name]:
    """Yield the names that are a person, a place or an organisation, with the label PER, LOC or ORG."""
    return ((SAME[label], first, after) for label, first, after in names if label in SAME)


def trimmed(names: Iterable[Name], words: Sequence[str], begins: Collection[int] = (0,)) -> Iterator[Name]:
    """Yield names without a leading article and a trailing `'s`; at least one word is left of each.

    `begins` has the places of the words that begin a sentence: there alone, an article with a capital letter is cut
    off, since elsewhere it belongs to the name, as in `by The Beatles`.
    """
    for label, first, after in names:
        while after - first > 1 and is_article(words[first], first in begins):
            first += 1
        while after - first > 1 and words[after - 1] in POSSESSIVES:
            after -= 1
        yield label, first, after


def is_article(word: str, begins_sentence: bool) -> bool:
    return (word.lower() if begins_sentence else word) in ARTICLES


def in_characters(names: Iterable[Name], words: Sequence[str]) -> Iterator[Name]:
    """Yield names of words as names of characters, counted without white space over all words before them.

    The words together must have all characters of the text except its white space.
    """
    places = [0]
    for word in words:
        places.append(places[-1] + len("".join(word.split())))
    return ((label, places[first], places[after]) for label, first, after in names)


def f1(gold: Collection[Name], found: Collection[Name], unknown: Iterable[tuple[int, int]] = ()) -> float:
    """Return the F1 of names in percent: right is what has the label, the beginning and the end of a gold name.

    Names that overlap one of the places `unknown`, which nobody annotated, do not count.
    """
    places = list(unknown)
    known = [{name for name in names if not overlaps(name, places)} for names in (gold, found)]
    total = len(known[0]) + len(known[1])
    return 200 * len(known[0] & known[1]) / total if total else 0.0


def overlaps(name: Name, places: Iterable[tuple[int, int]]) -> bool:
    return any(first < name[2] and name[1] < after for first, after in places)
