"""List where the names of corpora and those of a model differ most often.

    python scripts/entity_disagreements.py data/gum-free data/re-docred data/crossner

Such lists show what guidelines disagree on: nationalities, titles, clubs that are called like towns. The model is the
English one that comes with the install, or `--model`; it tags the words of the corpus. A row says how often a name of
the corpus (text and label) met which names of the model, `-` where there is none.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from tagger.corpus.read import open_corpus, read_split
from tagger.errors import TaggerError
from tagger.runtime.tagger import load
from tagger.text.sentence import Sentence, Span

LABELS = frozenset(("PER", "LOC", "ORG"))
Difference = tuple[str, str]
"""Names of the corpus and of the model over the same words, such as `Paris/LOC`, and `-` for none."""


def differences(gold: Sentence, found: Sentence) -> Iterator[Difference]:
    """Yield each group of names that overlap and are not the same in two taggings of a sentence."""
    ours, theirs = _names(gold), _names(found)
    same = {(name.label, name.first, name.last) for name in ours} & {(n.label, n.first, n.last) for n in theirs}
    left = [(name, side) for side, names in enumerate((ours, theirs)) for name in names]
    left = [(name, side) for name, side in left if (name.label, name.first, name.last) not in same]
    left.sort(key=lambda pair: (pair[0].first, pair[0].last, pair[1]))
    group: list[tuple[Span, int]] = []
    for name, side in left:
        if group and name.first > max(other.last for other, _ in group):
            yield _difference(group)
            group = []
        group.append((name, side))
    if group:
        yield _difference(group)


def _names(sentence: Sentence) -> list[Span]:
    return [span for span in sentence.spans("ner") if span.label in LABELS]


def _difference(group: Iterable[tuple[Span, int]]) -> Difference:
    sides: tuple[list[str], list[str]] = ([], [])
    for name, side in group:
        sides[side].append(f"{name.text}/{name.label}")
    return " ".join(sides[0]) or "-", " ".join(sides[1]) or "-"


def kind(difference: Difference) -> str:
    """Return what sort of difference it is: labels on both sides, `PER > -`, and whether only the words differ."""
    labels = [" ".join(part.rpartition("/")[2] for part in side.split() if "/" in part) or "-" for side in difference]
    return f"{labels[0]}, other words" if labels[0] == labels[1] else f"{labels[0]} > {labels[1]}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", nargs="+", type=Path, help="folders of corpora")
    parser.add_argument("--model", default=None, help="a model folder or the name of one that ships")
    parser.add_argument("--sentences", type=int, default=3_000, help="sentences of each corpus (3000)")
    parser.add_argument("--most", type=int, default=30, help="rows of each corpus (30)")
    arguments = parser.parse_args()
    try:
        model = load(arguments.model) if arguments.model else load()
        for folder in arguments.corpora:
            with open_corpus(folder) as corpus:
                split = next(iter(corpus.splits))
                gold = list(islice(read_split(corpus, split), arguments.sentences))
            found = model.tag((sentence.words for sentence in gold), scores=False)
            rows, kinds, same, ours, theirs = Counter[Difference](), Counter[str](), 0, 0, 0
            for sentence, tagged in zip(gold, found, strict=True):
                both = [[(name.label, name.first, name.last) for name in _names(each)] for each in (sentence, tagged)]
                same, ours, theirs = same + len({*both[0]} & {*both[1]}), ours + len(both[0]), theirs + len(both[1])
                for difference in differences(sentence, tagged):
                    rows[difference] += 1
                    kinds[kind(difference)] += 1
            print(f"## {folder.name} {split}: {len(gold):,} sentences, {ours:,} names, {theirs:,} of the model")
            print(f"same: {same:,}; " + "; ".join(f"{name}: {number:,}" for name, number in kinds.most_common(12)))
            for (ours_here, theirs_here), number in rows.most_common(arguments.most):
                print(f"{number:5}  {ours_here}  |  {theirs_here}")
    except TaggerError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
