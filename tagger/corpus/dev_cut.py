"""A dev split for a corpus that has none: every tenth document of train, one of a few, or every tenth sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from tagger.corpus.document_groups import DOCUMENT, SENTENCE, Group
from tagger.text.sentence import Sentence

_SHARE = 10
"""One group in so many becomes dev."""
_FEWEST_DOCUMENTS = 3
_SMALLEST, _LARGEST = 1 / 20, 1 / 3
"""Shares of all sentences that one document must have to be the whole dev split, where there are fewer than ten."""


@dataclass(frozen=True)
class DevCut:
    """Train without its new dev split, that split, and what it is, such as `every tenth document`.

    `why_not` says why no whole document was taken although documents are known; empty otherwise.
    """

    train: list[Sentence]
    dev: list[Sentence]
    what: str
    why_not: str = ""


def cut_dev(groups: Sequence[Group], kind: str) -> DevCut:
    """Cut a dev split from what `document_groups` returns.

    It is every tenth group. Of three to nine documents it is the one whose size is nearest to a tenth of all sentences,
    if that is a twentieth to a third of them. Otherwise it is every tenth sentence, and the dev split is empty where
    there are fewer than ten sentences. Both parts keep the order of the groups.
    """
    if len(groups) >= _SHARE:
        return _every_tenth(groups, kind.replace(" and ", " or "))
    if kind == DOCUMENT and len(groups) >= _FEWEST_DOCUMENTS:
        sentences = sum(len(group.sentences) for group in groups)
        chosen = min(groups, key=lambda group: abs(len(group.sentences) - sentences / _SHARE))
        if _SMALLEST <= len(chosen.sentences) / sentences <= _LARGEST:
            train = [sentence for group in groups if group is not chosen for sentence in group.sentences]
            return DevCut(train, list(chosen.sentences), f"the document '{chosen.name}', one of {len(groups)},")
    singles = [Group("", (sentence,)) for group in groups for sentence in group.sentences]
    is_known = kind == DOCUMENT and len(groups) < len(singles)
    few = f"the {len(groups)} documents of train are too few, or too unlike in size, to take a whole one"
    return _every_tenth(singles, SENTENCE, f"{few}, so sentences of one may be in both" if is_known else "")


def _every_tenth(groups: Sequence[Group], kind: str, why_not: str = "") -> DevCut:
    rest = [group.sentences for number, group in enumerate(groups, start=1) if number % _SHARE]
    dev = [group.sentences for group in groups[_SHARE - 1 :: _SHARE]]
    return DevCut(list(chain(*rest)), list(chain(*dev)), f"every tenth {kind}", why_not)
