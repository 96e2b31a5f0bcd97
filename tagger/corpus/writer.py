"""The second pass of a conversion: write splits with their tags in the stored scheme."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from tagger.corpus.manifest import Manifest, Provenance, SplitInfo, TaskInfo
from tagger.corpus.scheme_detection import Schemes
from tagger.corpus.shards import ShardWriter
from tagger.corpus.stored_tags import StoredTags
from tagger.errors import DataError
from tagger.text.remarks import Remark, Remarks
from tagger.text.sentence import Sentence

_LONG = 1_000  # tokens of a sentence that hardly is one
_PROGRESS_STEP = 500  # sentences between two calls of `progress`

Progress = Callable[[str, int], None]
"""A function called with a split and the number of its sentences written so far."""

_TRAIN_SHARDS, _OTHER_SHARDS = 4, 1


def usual_shards(split: str) -> int:
    """Return the number of files of a split where nobody has said one."""
    return _TRAIN_SHARDS if split == "train" else _OTHER_SHARDS


class CorpusWriter:
    """Writes splits one after the other, and keeps tag counts and the first few invalid tags."""

    def __init__(self, folder: Path, schemes: Schemes, repair: bool, progress: Progress) -> None:
        self._folder, self._progress = folder, progress
        self._stored = StoredTags(schemes, repair=repair)
        self._splits: dict[str, SplitInfo] = {}
        self._tags: dict[str, dict[str, Counter[str]]] = {}
        self._remarks: dict[str, tuple[Remark, ...]] = {}

    def write(self, split: str, read: Callable[[Remarks], Iterator[Sentence]], shards: int) -> SplitInfo:
        """Write one split. Invalid tags are collected, and reported by `manifest`."""
        remarks = Remarks()
        done = longest = 0
        with ShardWriter(self._folder, split, shards) as writer:
            for done, sentence in enumerate(read(remarks), start=1):
                sentence = replace(sentence, tags=self._stored.of(sentence, remarks))
                for task, tags in sentence.tags.items():
                    self._tags.setdefault(task, {}).setdefault(split, Counter()).update(tags)
                writer.write(sentence)
                longest = max(longest, len(sentence))
                if len(sentence) > _LONG:
                    what = f"sentences of more than {_LONG:,} tokens: is a mark missing between sentences?"
                    remarks.add(what, sentence.place())
                if done % _PROGRESS_STEP == 0:
                    self._progress(split, done)
            written = writer.close()
        self._progress(split, done)
        if not done:
            raise DataError(f"split '{split}' holds no sentence; check its file")
        if found := tuple(remarks):
            self._remarks[split] = found
        self._splits[split] = SplitInfo(done, sum(shard.tokens for shard in written), longest, written)
        return self._splits[split]

    def manifest(self, provenance: Provenance) -> Manifest:
        """The manifest of all that was written.

        Raises DataError if a tag was invalid or no sentence had any tags.
        """
        self._stored.check()
        if not self._tags:
            found = "".join(f"; {split}: {remark}" for split, each in self._remarks.items() for remark in each)
            raise DataError(f"no sentence has any tags; say which column or field holds them{found}")
        tasks = {
            task: TaskInfo(
                self._stored.scheme(task),
                {
                    split: {tag: count for tag, count in sorted(counts.items()) if tag}
                    for split, counts in self._tags[task].items()
                },
            )
            for task in sorted(self._tags)
        }
        return Manifest(
            self._splits,
            tasks,
            provenance.name,
            provenance.source,
            provenance.licence,
            provenance.notes,
            self._remarks,
        )
