"""Open a corpus folder, whoever made it, and read its sentences."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tagger.corpus.convert import convert, convert_recipe
from tagger.corpus.manifest import MANIFEST, Manifest, Provenance, SplitInfo, TaskInfo, in_order, load_manifest
from tagger.corpus.recipe import RECIPE
from tagger.corpus.scheme_detection import TaskScan, choose_schemes
from tagger.corpus.shards import SUFFIX, ShardInfo, checksum, read_shard, read_shards, split_of
from tagger.corpus.stored_tags import STORED_SCHEME
from tagger.corpus.treebank import convert_treebank, is_treebank
from tagger.errors import DataError
from tagger.text.sentence import Sentence


def open_corpus(path: Path | str) -> Manifest:
    """Open a corpus folder and return its manifest.

    The folder is one that `convert` wrote, one of TFRecord files from another program, one with a recipe and its data,
    or a treebank as Universal Dependencies has it. A recipe or treebank is converted to a temporary folder, which lives
    until the manifest is closed: use the manifest as a context manager. Records without a `corpus.json` are read once
    to count them, and their splits are taken from the file names; where their spans are not in IOB2, they are converted
    to a temporary folder as well.

    Raises DataError when there is no such folder or no corpus in it.
    """
    directory = Path(path)
    if not directory.is_dir():
        what = "is not a folder" if directory.exists() else "no such folder"
        raise DataError(f"{directory}: {what}; a corpus is a folder that tagger convert made, or one with a {RECIPE}")
    if (directory / MANIFEST).is_file():
        return load_manifest(directory)
    files = sorted(directory.glob(f"*{SUFFIX}*"))
    if files:
        return _count_records(directory, files)
    if (directory / RECIPE).is_file():
        return _convert_temporarily(partial(convert_recipe, directory), directory)
    if is_treebank(directory):
        return _convert_temporarily(partial(convert_treebank, directory), directory)
    raise DataError(
        f"{directory}: no {MANIFEST}, no *{SUFFIX}, no {RECIPE} and no *-train.conllu here, so this is not a corpus"
    )


@contextmanager
def open_corpora(paths: Iterable[Path | str]) -> Iterator[list[Manifest]]:
    """Open several corpora and close them when the block ends."""
    with ExitStack() as stack:
        yield [stack.enter_context(open_corpus(path)) for path in paths]


def read_split(corpus: Manifest | Path | str, split: str) -> Iterator[Sentence]:
    """Yield the sentences of a split in the order of their source.

    Raises DataError with file and record number where a record is damaged or has another shape, and when the split has
    fewer or more sentences than the manifest says.
    """
    if not isinstance(corpus, Manifest):
        with open_corpus(corpus) as opened:
            yield from read_split(opened, split)
        return
    expected = corpus.require(split).sentences
    number = 0
    for number, sentence in enumerate(read_shards(corpus.shards(split)), start=1):  # noqa: B007
        yield sentence
    if number != expected:
        raise DataError(
            f"{corpus.place}: split '{split}' should have {expected:,} sentences but has {number:,}; "
            "its files were cut off or replaced, so convert the corpus again"
        )


def verify(corpus: Manifest | Path | str) -> list[str]:
    """List the shards that are missing or have changed since they were written.

    There is one message for each shard.
    """
    if not isinstance(corpus, Manifest):
        with open_corpus(corpus) as opened:
            return verify(opened)
    found = []
    for info in corpus.splits.values():
        for shard in info.shards:
            path = corpus.directory / shard.file
            if not path.is_file():
                found.append(f"{path} is missing")
            elif checksum(path) != shard.sha256:
                found.append(f"{path} has changed since the corpus was made: its checksum differs")
    return found


def _count_records(directory: Path, files: list[Path]) -> Manifest:
    """Build the manifest of TFRecord files that have none by reading them once.

    Where spans are not written in IOB2, the corpus is converted to a temporary folder.
    """
    by_split: dict[str, list[Path]] = {}
    for path in files:
        by_split.setdefault(split_of(path), []).append(path)
    splits: dict[str, SplitInfo] = {}
    tags: dict[str, dict[str, Counter[str]]] = {}
    scans: dict[str, TaskScan] = {}
    for split in in_order(by_split):
        shards, longest = [], 0
        for path in by_split[split]:
            sentences = tokens = 0
            for sentence in read_shard(path):
                sentences, tokens = sentences + 1, tokens + len(sentence)
                longest = max(longest, len(sentence))
                for task, column in sentence.tags.items():
                    tags.setdefault(task, {}).setdefault(split, Counter()).update(column)
                    scans.setdefault(task, TaskScan(task)).add(split, sentence, repair=True)
            shards.append(ShardInfo(path.name, sentences, tokens, checksum(path)))
        splits[split] = SplitInfo(
            sum(shard.sentences for shard in shards), sum(shard.tokens for shard in shards), longest, tuple(shards)
        )
    schemes = choose_schemes(scans)
    if schemes.spellings or any(
        scheme and scans[task].violations(STORED_SCHEME) for task, scheme in schemes.by_task.items()
    ):
        return _convert_temporarily(partial(_convert_records, by_split, directory.name), directory)
    tasks = {
        task: TaskInfo(
            schemes.by_task[task],
            {split: {tag: count for tag, count in counts.items() if tag} for split, counts in tags[task].items()},
        )
        for task in sorted(tags)
    }
    return Manifest(splits, tasks, name=directory.name, directory=directory)


def _convert_records(by_split: Mapping[str, Sequence[Path]], name: str, directory: Path) -> Manifest:
    return convert(
        {split: split for split in by_split},
        directory,
        read=lambda split: read_shards(by_split[split]),
        provenance=Provenance(name=name),
    )


def _convert_temporarily(make: Callable[[Path], Manifest], source: Path) -> Manifest:
    """Convert the corpus of a folder to a temporary folder, which is removed when the manifest is closed."""
    temporary = TemporaryDirectory(prefix="tagger-corpus-")
    try:
        return replace(make(Path(temporary.name) / "corpus"), temporary=temporary, made_of=str(source))
    except BaseException:
        temporary.cleanup()
        raise
