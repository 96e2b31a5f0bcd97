"""Corpora to measure with: a real one repeated, or sentences of made-up words."""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from recurrence import EWT

from tagger.corpus.convert import convert
from tagger.corpus.manifest import Manifest, TaskInfo
from tagger.corpus.shards import checksum

TAGS = [f"T{number}" for number in range(17)]
LETTERS = np.array(list("abcdefghijklmnop"))


def repeated(corpus: Manifest, folder: Path, times: int) -> Path:
    """Write a corpus whose train split repeats another's `times` times in the same shards; other splits are copied."""
    folder.mkdir()
    for split, info in corpus.splits.items():
        for shard in info.shards:
            with (folder / shard.file).open("wb") as target:
                for _ in range(times if split == "train" else 1):
                    with (corpus.directory / shard.file).open("rb") as source:
                        shutil.copyfileobj(source, target, 1 << 20)
    train = corpus.splits["train"]
    shards = tuple(
        replace(
            shard,
            sentences=shard.sentences * times,
            tokens=shard.tokens * times,
            sha256=checksum(folder / shard.file),
        )
        for shard in train.shards
    )
    train = replace(train, sentences=train.sentences * times, tokens=train.tokens * times, shards=shards)
    tasks = {task: _repeated_tags(info, times) for task, info in corpus.tasks.items()}
    replace(corpus, splits={**corpus.splits, "train": train}, tasks=tasks).save(folder)
    return folder


def _repeated_tags(info: TaskInfo, times: int) -> TaskInfo:
    train = {tag: count * times for tag, count in info.counts("train").items()}
    return replace(info, tags={**info.tags, "train": train})


def of_so_many_words(folder: Path, words: int, tokens: int) -> Path:
    """Write sentences of 20 tokens with a vocabulary of `words` words, all equally frequent."""
    generator = np.random.default_rng(0)
    order = np.concatenate([generator.permutation(words) for _ in range(-(-tokens // words))])[:tokens]
    return _written(folder, order.reshape(-1, 20))


def with_one_long_sentence(folder: Path, longest: int, sentences: int) -> Path:
    """Write sentences of 5,000 different words with EWT's lengths, one of them of `longest` tokens."""
    generator = np.random.default_rng(0)
    lengths = np.interp(generator.random(sentences), np.linspace(0, 1, len(EWT)), EWT).round().astype(int)
    lengths = np.minimum(lengths, longest)
    lengths[sentences // 2] = longest
    return _written(folder, (generator.integers(5000, size=length) for length in lengths))


def _written(folder: Path, sentences: Iterable[Sequence[int]]) -> Path:
    """Write a corpus folder with a train split only, whose words spell the numbers of each sentence."""
    file = folder.with_suffix(".tsv")
    with file.open("w", encoding="utf-8") as lines:
        lines.writelines(_lines(sentences))
    convert({"train": file}, folder, columns=["token", "upos"])
    file.unlink()
    return folder


def _lines(sentences: Iterable[Sequence[int]]) -> Iterator[str]:
    for numbers in sentences:
        numbers = np.asarray(numbers)
        digits = numbers[:, np.newaxis] // 16 ** np.arange(5) % 16  # [T, 5]
        words = map("".join, LETTERS[digits])
        yield "".join(f"{word}\t{TAGS[number % 17]}\n" for word, number in zip(words, numbers, strict=True)) + "\n"
