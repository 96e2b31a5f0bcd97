"""What the figures of a corpus alone make doubtful, before anything is read or trained."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from tagger.corpus.mixture import MixedCorpus

_FEW_SENTENCES = 100  # of train, from which hardly anything general can be learned

TagCounts = Mapping[str, Mapping[str, int]]
"""By split: how often each tag occurs there."""


def doubts_about_sizes(sentences: Mapping[str, int], expected: Sequence[str]) -> Iterator[str]:
    """Yield what is doubtful about the number of sentences of each split.

    `expected` are the splits that should be there.
    """
    for split in expected:
        if split not in sentences:
            yield f"no {split} split"
        elif not sentences[split]:
            yield f"the {split} split is empty"
    if 0 < sentences.get("train", 0) < _FEW_SENTENCES:
        count = sentences["train"]
        yield (
            f"only {count} sentence{'s' * (count != 1)} in train: hardly enough to learn from, and scores may be chance"
        )


def doubts_about_tags(task: str, scheme: str | None, tags: TagCounts) -> Iterator[str]:
    """Yield what is doubtful about the tags of a task. `scheme` is None for plain tags."""
    train = _occurring(tags.get("train", {}))
    if len(train) == 1:
        yield f"{task}: every token of train has the tag {next(iter(train))}, so there is nothing to learn"
    for split, counts in tags.items():
        if split != "train" and scheme is not None and _occurring(counts) == {"O"}:
            yield f"{task}: no span in {split}, so its F1 says nothing"


def _occurring(counts: Mapping[str, int]) -> set[str]:
    """Return the tags that occur; a token without a tag has "" in the place of one."""
    return {tag for tag, count in counts.items() if tag and count}


def doubts_about_training(corpora: Sequence[MixedCorpus]) -> Iterator[str]:
    """Yield what is doubtful about the corpora of a training run, taken together, from their manifests alone."""
    splits = {
        "train": [corpus for corpus in corpora if corpus.weight and "train" in corpus.manifest.splits],
        "dev": [corpus for corpus in corpora if corpus.dev and "dev" in corpus.manifest.splits],
    }
    sentences = {
        split: sum(corpus.manifest.splits[split].sentences for corpus in having)
        for split, having in splits.items()
        if having
    }
    yield from doubts_about_sizes(sentences, ("train", "dev"))
    for task in corpora[0].tasks:
        layers = [corpus.manifest.tasks[corpus.layers[task]] for corpus in corpora if task in corpus.layers]
        if not layers:  # the model that training begins with labels it
            continue
        tags = {split: _tags(task, split, having) for split, having in splits.items()}
        if "dev" in sentences and not tags["dev"]:
            yield f"{task}: dev is not annotated"
        scheme = next((layer.scheme for layer in layers), None)
        yield from doubts_about_tags(task, scheme, {split: counts for split, counts in tags.items() if counts})


def _tags(task: str, split: str, corpora: Sequence[MixedCorpus]) -> Counter[str]:
    """Return the tags of a task in a split of several corpora, with the names that the model gives them."""
    found: Counter[str] = Counter()
    for corpus in corpora:
        if task in corpus.layers:
            names = corpus.renamed.get(task, {})
            for tag, count in corpus.manifest.tasks[corpus.layers[task]].counts(split).items():
                found[names.get(tag, tag)] += count
    return found
