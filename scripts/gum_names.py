"""Names of persons, places and organisations in GUM, as Universal NER marks names.

GUM annotates every mention of an entity with all that belongs to it: pronouns, `the mayor of Paris`, `Groningen, in the
Netherlands`. A name is what is left of a mention whose head is a proper noun: the head and those of its dependents
that belong to the name. `names_in` says which these are.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from name_guideline import ROLES, Name, guided, is_title, outermost

from tagger.errors import DataError
from tagger.text.bracketed import UnbalancedError, read_entities
from tagger.text.sentence import Sentence

COLUMNS = {"upos": "UPOS", "xpos": "XPOS", "head": "HEAD", "relation": "DEPREL", "misc": "MISC"}
"""The columns of CoNLL-U that `names_in` reads, as tasks."""
LABELS = {"person": "PER", "place": "LOC", "organization": "ORG"}
_FIELDS = ("GRP", "etype")
"""The first fields of a bracket in `Entity=`, as `# global.Entity` in GUM says: its number and its type."""
_NUMBER_OF_NAME = re.compile(r"[IVX]+|[0-9]+|[A-Z]|Jr\.?|Sr\.?")
"""What may stand behind a name and belong to it: `Elizabeth II`, `Group F`, `Building 31`."""
_ORDINAL = re.compile(r"[0-9]+(?:st|nd|rd|th)")
_JOINTS = frozenset("-–/'’\"“”.&")
"""Marks that join the parts of a name."""


@dataclass(frozen=True)
class Tree:
    """A sentence with its dependencies. `heads` are places in the sentence, -1 for the root."""

    words: Sequence[str]
    upos: Sequence[str]
    xpos: Sequence[str]
    heads: Sequence[int]
    relations: Sequence[str]

    @classmethod
    def of(cls, sentence: Sentence) -> "Tree":
        """Return the tree of a sentence that was read with `COLUMNS`. Raises DataError where it has none."""
        missing = {"upos", "xpos", "head", "relation"} - sentence.tags.keys()
        if missing:
            raise DataError(f"{sentence.place()}: no {' and no '.join(sorted(missing))} here; GUM has them in all rows")
        tags = sentence.tags
        heads = [int(head) - 1 if head.isdecimal() else -1 for head in tags["head"]]
        return cls(sentence.words, tags["upos"], tags["xpos"], heads, tags["relation"])

    def head_of(self, first: int, last: int) -> int:
        """Return the first word of a span that depends on a word outside it and is no punctuation."""
        tops = [place for place in range(first, last + 1) if not first <= self.heads[place] <= last]
        return next((place for place in tops if self.relations[place] != "punct"), tops[0] if tops else first)

    def children(self, head: int) -> list[int]:
        """Return the words that depend on a word."""
        return [place for place, other in enumerate(self.heads) if other == head]

    def below(self, head: int) -> Iterator[int]:
        """Yield a word and all that depend on it, whether directly or not."""
        yield head
        for child in self.children(head):
            yield from self.below(child)

    def is_capitalised(self, place: int) -> bool:
        return self.words[place][:1].isupper()


def mentions_of(sentence: Sentence) -> list[Name]:
    """Return all mentions of entities of a sentence, nested ones too. Raises DataError where brackets do not close."""
    cells = [_entity(misc) for misc in sentence.tags.get("misc", ("_",) * len(sentence))]
    try:
        read = read_entities(cells, _FIELDS)
    except UnbalancedError as error:
        raise DataError(f"{sentence.place(error.token)}: Entity in MISC: {error}; mend it") from None
    return [Name(*span) for span in (*read.spans, *read.nested)]


def _entity(misc: str) -> str | None:
    begin = "Entity="
    return next((pair[len(begin) :] for pair in misc.split("|") if pair.startswith(begin)), None)


def names_in(sentence: Sentence) -> list[Name]:
    """Return the names of persons, places and organisations of a sentence, none inside another.

    A mention inside another counts only where the outer one is no name or is trimmed to one that goes without it: of
    `the mayor of Paris` the name is `Paris`, of `the University of Paris` it is `University of Paris`.
    """
    tree, mentions = Tree.of(sentence), mentions_of(sentence)
    of_their_own = {tree.head_of(mention.first, mention.last) for mention in mentions}
    names = []
    for mention in mentions:
        label = LABELS.get(mention.label)
        if label is not None:
            name = _name_of(tree, mention, label, of_their_own)
            if name is not None:
                names.append(name)
    return outermost(names)


def _name_of(tree: Tree, mention: Name, label: str, of_their_own: set[int]) -> Name | None:
    """Return the name in a mention, or None where it has none."""
    head = tree.head_of(mention.first, mention.last)
    if label == "PER" and not _is_proper(tree, head):
        return _behind_a_noun(tree, mention, head)
    if not _is_proper(tree, head) or (label == "PER" and _is_no_person(tree, head)):
        return None
    parts = {place for top in _tops(tree, mention, head) for place in _parts(tree, top, label, of_their_own)}
    first, last = _run(tree, parts, head, mention)
    if first == last and label != "PER" and _is_one_of_many(tree, head):
        return None
    return guided(Name(label, first, last), tree.words)


def _is_proper(tree: Tree, place: int) -> bool:
    """Return whether a word is a proper noun; GUM has `US` in `US troops` as an adjective, but with the tag NNP."""
    return tree.upos[place] == "PROPN" or tree.xpos[place] in ("NNP", "NNPS")


def _behind_a_noun(tree: Tree, mention: Name, head: int) -> Name | None:
    """Return the name of a person behind a common noun, without a comma between them: `student Ahmed Mohamed`."""
    parts = {head}
    for child in tree.children(head):
        if child > head and _is_proper(tree, child):
            if tree.relations[child] == "flat":
                parts |= set(tree.below(child))
            elif tree.relations[child] == "appos":
                parts |= set(_parts(tree, child, "PER", set()))
    last = _run(tree, parts, head, mention)[1]
    return guided(Name("PER", head + 1, last), tree.words) if last > head else None


def _tops(tree: Tree, mention: Name, head: int) -> list[int]:
    """Return the head, and those beside it where both depend on one word outside: `George Washington` Bridge."""
    return [
        place
        for place in range(mention.first, mention.last + 1)
        if place == head
        or (
            tree.heads[place] == tree.heads[head]
            and tree.relations[place] == "compound" == tree.relations[head]
            and tree.is_capitalised(place)
        )
    ]


def _is_no_person(tree: Tree, head: int) -> bool:
    """Return whether a mention of a person is of a group (`the Huguenots`) or a role (`a Fellow of the Royal Society`).

    Names of persons have no determiner, unless they have several parts or a noun before them: `the great Joseph Louis
    Lagrange`, `the painter Malevich`.
    """
    if tree.xpos[head] == "NNPS":
        return True
    own = [tree.relations[child] for child in tree.children(head)]
    before = [tree.relations[child] for child in tree.children(head) if child < head]
    nouns = {child for child in tree.children(head) if child < head and tree.upos[child] == "NOUN"}
    is_role = is_title(tree.words[head]) or tree.words[head].lower() in ROLES
    return "flat" not in own and not nouns and (is_role or not {"det", "nummod"}.isdisjoint(before))


def _is_one_of_many(tree: Tree, head: int) -> bool:
    """Return whether a single word is a common noun in capitals: `our Nation`, `this State`, `a Park`."""
    return any(
        tree.words[child].lower() != "the" and (tree.relations[child] == "det" or tree.upos[child] == "PRON")
        for child in tree.children(head)
        if tree.relations[child] in ("det", "nmod:poss")
    )


def _parts(tree: Tree, top: int, label: str, of_their_own: set[int]) -> Iterator[int]:
    """Yield the words of a name whose topmost word is `top`."""
    yield top
    for child in tree.children(top):
        if tree.relations[child] == "flat" or (child < top and tree.relations[child] == "compound"):
            if _belongs(tree, child, top, label, of_their_own):
                yield from tree.below(child)
        elif _belongs(tree, child, top, label, of_their_own):
            yield from _parts(tree, child, label, set())
            yield from (each for each in tree.children(child) if _is_between(tree, each))


def _is_between(tree: Tree, place: int) -> bool:
    """Return whether a word may stand between the parts of a name, but not at its ends."""
    if tree.relations[place] == "punct":
        return tree.words[place] == "," or tree.words[place] in _JOINTS
    return tree.relations[place] in ("case", "det", "cc")


def _belongs(tree: Tree, child: int, head: int, label: str, of_their_own: set[int]) -> bool:
    """Return whether a dependent of the head of a name is a part of the name."""
    relation, word = tree.relations[child], tree.words[child]
    if relation == "flat":
        return True
    if child > head:
        return _belongs_behind(tree, child, head, label, of_their_own)
    if label == "PER":
        is_named = tree.upos[child] == "PROPN" and tree.is_capitalised(child)
        return relation == "compound" and is_named and not is_title(word) and not is_title(tree.words[head])
    if relation == "compound":
        return tree.is_capitalised(child)
    if relation in ("amod", "nummod"):
        is_name = tree.is_capitalised(child) and (
            tree.xpos[child] in ("NNP", "NNPS") or (relation == "nummod" and child)
        )
        return bool(is_name or _ORDINAL.fullmatch(word))
    return relation == "nmod:poss" and tree.upos[child] == "PROPN" and child not in of_their_own


def _belongs_behind(tree: Tree, child: int, head: int, label: str, of_their_own: set[int]) -> bool:
    """Return whether what follows the head belongs to the name: `Elizabeth II`, `Peter the Great`, `Bank of Spain`."""
    relation = tree.relations[child]
    if relation in ("dep", "compound", "amod", "nummod", "nmod:npmod"):
        is_alone = all(tree.words[place] in _JOINTS for place in tree.children(child))
        is_number = is_alone and bool(_NUMBER_OF_NAME.fullmatch(tree.words[child]))
        return is_number or (label != "PER" and tree.xpos[child] == "NNP")
    if not tree.is_capitalised(child):
        return False
    if relation == "appos":
        is_byname = label == "PER" and child == head + 2 and tree.words[head + 1] == "the"
        return is_byname or (label == "ORG" and child not in of_their_own)
    if label == "PER":
        return False
    if relation == "nmod":
        return _is_joined(tree, child, label)
    return relation == "conj" and tree.upos[child] == "PROPN" and child not in of_their_own


def _is_joined(tree: Tree, child: int, label: str) -> bool:
    """Return whether a phrase has a preposition of names: `of` in all of them, `for` and `on` in organisations."""
    cases = {tree.words[place].lower() for place in tree.children(child) if tree.relations[place] == "case"}
    return bool(cases) and cases <= ({"of", "for", "on"} if label == "ORG" else {"of"})


def _run(tree: Tree, parts: set[int], head: int, mention: Name) -> tuple[int, int]:
    """Return the first and the last of the parts that stand beside the head without a gap, but for joints."""

    def reach(step: int) -> int:
        place, at = head, head + step
        while mention.first <= at <= mention.last:
            if at in parts:
                place = place if _is_between(tree, at) else at
            elif tree.words[at] not in _JOINTS:
                break
            at += step
        return place

    return reach(-1), reach(1)
