"""What the names of the English model are, whichever corpus they come from.

The rules are those of Universal NER, as its annotation of EWT and PUD shows them.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tagger.text.sentence import Sentence


def _set(words: str) -> frozenset[str]:
    """Return the words of a text, which is easier to read than a list of quoted ones."""
    return frozenset(words.split())


TITLES = _set("""
    mr mrs ms miss dr prof professor doctor sir dame lord president vice-president premier chancellor minister secretary
    senator sen representative rep congressman congresswoman chairman chairwoman governor gov mayor ambassador
    commissioner judge justice general gen colonel col captain capt lieutenant lt sergeant sgt admiral commander king
    queen emperor empress tsar czar shah sultan pope cardinal archbishop bishop rev reverend rabbi ayatollah sheikh
    uncle aunt madam prime vice
""")
"""Words before the name of a person that are not part of it, in lower case and without a full stop.

Left out are titles that are as often part of a name by which an artist is known: Lady, Prince, Count, Duke, Major.
"""
ROLES = _set("""
    chair ceo count duke duchess earl major prince princess lady speaker director manager undersecretary fellow student
    critic star newcomer architect man administrator envoy sheriff spokesperson scholar
""")
"""Words that are no name alone: `Mr. Chair`, `Count of the Holy Roman Empire`."""
_COMMON_PLACES = frozenset(("world", "nation", "country", "state"))
"""Words that are no name alone, though some texts write them with a capital letter."""
_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
"""Letters are no names alone, as in `from A to B`."""
_ARTICLES = frozenset(("the", "a", "an"))
_MARKS = frozenset(",-–;:")
"""Marks at which no name begins or ends."""
_POSSESSIVES = frozenset(("'s", "’s", "'", "’"))


class Name(NamedTuple):
    """A name in a sentence: its label, and the places of its first and its last word."""

    label: str
    first: int
    last: int


def guided(name: Name, words: Sequence[str]) -> Name | None:
    """Return a name trimmed to what the guideline calls one, or None where nothing is left.

    Articles are no part of a name, but a capitalised `The` inside a sentence is (`The Hague`, `The Beatles`). Titles
    of persons and the possessive `'s` of persons are none; in names of shops it is (`McDonald 's`).
    """
    label, first, last = name
    while first <= last and words[last] in _MARKS:
        last -= 1
    while first <= last and (
        words[first] in _MARKS or _is_article(words, first) or (label == "PER" and is_title(words[first]))
    ):
        first += 1
    while first <= last and label == "PER" and words[last] in _POSSESSIVES:
        last -= 1
    kept = words[first : last + 1]
    if not any(character.isalnum() for word in kept for character in word):
        return None
    no_names = {"PER": ROLES, "LOC": _COMMON_PLACES}.get(label, frozenset())
    if len(kept) == 1 and (kept[0].lower() in no_names or kept[0] in _LETTERS):
        return None
    return Name(label, first, last)


def is_title(word: str) -> bool:
    """Return whether a word is a title of persons, such as `Mrs.`"""
    return word.lower().rstrip(".") in TITLES


def _is_article(words: Sequence[str], place: int) -> bool:
    word = words[place]
    return word.lower() in _ARTICLES and (word.islower() or place == 0)


def outermost(names: Iterable[Name]) -> list[Name]:
    """Return the names that are in no other, in their order.

    Of two that cross, the longer one is kept; of two over the same words, the first.
    """
    kept: list[Name] = []
    for name in sorted(names, key=lambda name: name.first - name.last):
        if all(name.last < other.first or other.last < name.first for other in kept):
            kept.append(name)
    return sorted(kept, key=lambda name: name.first)


_ADJECTIVE_ENDING = re.compile(r"[A-Z][\w-]*[a-z](?:ian|ean|ese|ish)")
_RELIGION = re.compile(r"[A-Z]\w+ism|Christianity|Islam(?:ic)?|Catholics?|Protestants?|Jews?|Sunni|Shia|Orthodox")
_COMPATRIOT = re.compile(r"[A-Z]\w+(?:sh|ch)(?:wo)?m[ae]n")
_FURTHER_ADJECTIVES = _set("""
    Angolan Argentine Catalan Czech Dutch Emirati Greek Malagasy Ottoman Papuan Paraguayan Qatari Slovak Tamil Tibetan
    Ugandan Uzbek Welsh
""")
"""Adjectives of places that neither the ending nor the treebanks show."""
_NO_ADJECTIVES = _set("""
    Antarctic Archdiocese Caribbean Dalian Guardian Independent Mediterranean Mobile Ocean Orlean Parish Philippine
    Phish Smithsonian Squamish Top Zhoukoudian
""")
"""Words that end names of places, and that the ending or the treebanks would make adjectives, without a final `s`."""


@dataclass(frozen=True)
class Adjectives:
    """Adjectives of places and their plurals, which are no names: `Belgian`, `South Korean`, `Americans`, `Irishman`.

    They are known by endings that names of places hardly have (`-ian`, `-ean`, `-ese`, `-ish`), because a treebank has
    them as adjectives, or from a short list.
    """

    known: frozenset[str]

    @classmethod
    def of(cls, treebank: Iterable[Sentence]) -> "Adjectives":
        """Return the adjectives of a treebank with `upos` and `xpos`.

        They are the words with a capital letter inside sentences that are adjectives, and not parts of names (JJ), in
        most places.
        """
        seen, adjectives = Counter[str](), Counter[str]()
        for sentence in treebank:
            for word, upos, xpos in list(
                zip(sentence.words, sentence.tags["upos"], sentence.tags["xpos"], strict=True)
            )[1:]:
                if word[0].isupper() and word[1:].islower():
                    seen[word] += 1
                    adjectives[word] += (upos, xpos) == ("ADJ", "JJ")
        known = (word for word, number in adjectives.items() if 2 * number > seen[word])
        return cls(frozenset(known) - (_NO_ADJECTIVES - {"Philippine"}))

    def are(self, name: Name, words: Sequence[str]) -> bool:
        """Return whether what a corpus has as a place ends in such a word, or an organisation is one or a religion."""
        word = words[name.last]
        if name.label == "ORG":
            return name.first == name.last and (self.has(word) or _RELIGION.fullmatch(word) is not None)
        return name.label == "LOC" and self.has(word)

    def has(self, word: str) -> bool:
        """Return whether a word is an adjective of a place, or the plural of one."""
        singular = word.removesuffix("s")
        if word in self.known:
            return True
        if singular in _NO_ADJECTIVES:
            return False
        return (
            word in _FURTHER_ADJECTIVES
            or singular in self.known
            or _ADJECTIVE_ENDING.fullmatch(singular) is not None
            or _COMPATRIOT.fullmatch(word) is not None
        )
