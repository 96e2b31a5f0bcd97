"""The sentences of a raw text as records of words, written once and read many times.

Each sentence is a SequenceExample with its words alone, in NFC. The records lie in many shards, each with sentences of
all parts of the text in a random order, so that one kind of text does not follow the other.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from math import floor
from pathlib import Path

import numpy as np

from tagger.config.word_model_keys import WordModelConfig
from tagger.corpus.counts import Counts, without_rarest
from tagger.corpus.sequence_example import SequenceExample
from tagger.corpus.shards import ShardInfo, ShardWriter
from tagger.corpus.shards import checksum as checksum_of
from tagger.corpus.tfrecord import RecordWriter, read_serialized
from tagger.corpus.training_records import TrainingRecords
from tagger.errors import ConfigError, DataError, ModelError
from tagger.files import new_file, write_file
from tagger.model.folder import VOCABULARY_FOLDER, open_model
from tagger.model.language_model_folder import CHARACTERS_NAME, WORDS_NAME
from tagger.model.shipped_models import find_model
from tagger.model.vocabulary import FIRST_WORD, PADDING, UNKNOWN, Vocabulary, load_vocabulary, word_vocabulary
from tagger.network.saved_weights import writing
from tagger.pretraining.text_sources import (
    TEXT_FOLDER,
    HashedText,
    TextRecord,
    check_same_checksum,
    check_same_text,
)
from tagger.runtime.text_readers import segmenter_of
from tagger.text.composing import composed
from tagger.text.tokenize import TEXT_READERS, TextReader
from tagger.training.state import read_saved

TRAIN, HELD_OUT = "train", "heldout"
"""What the names of the shards begin with."""
_RECORD, _FREQUENCIES = "sentences.json", "frequencies.npy"
_SHARDS = 64
_SENTENCES_BETWEEN_CALLS = 20_000


@dataclass(frozen=True)
class SentencesRecord:
    """What the records of a run were made of, and what they hold."""

    text: TextRecord
    train: tuple[ShardInfo, ...]
    held_out: tuple[ShardInfo, ...]
    words: int
    """Distinct words of the text, as the model looks them up."""
    seen_often: int
    """Words of the vocabulary that were seen more than once; the others have the last ids."""

    def tokens(self, split: str) -> int:
        """The number of words of the train records, or of those held out."""
        return sum(shard.tokens for shard in (self.train if split == TRAIN else self.held_out))


@dataclass(frozen=True)
class SentenceRecords:
    """Records of words in the folder of a run, with the vocabularies of their text."""

    folder: Path
    record: SentencesRecord
    words: Vocabulary
    characters: Vocabulary
    frequencies: np.ndarray
    """The share `[V]` that each id has among all that is predicted."""

    def of(self, split: str) -> TrainingRecords:
        """Return the train records, or those held out, as `training_batches` reads them."""
        shards = self.record.train if split == TRAIN else self.record.held_out
        filled = [shard for shard in shards if shard.sentences] or list(shards[:1])
        return TrainingRecords([self.folder / each.file for each in filled], [each.sentences for each in filled])


def prepared_sentences(
    config: WordModelConfig,
    files: Sequence[str],
    folder: Path,
    checksum: str | None = None,
    progress: Callable[[int], None] = lambda words: None,
) -> SentenceRecords:
    """Return the sentences in the folder of a run: those of `files`, or what the run has read before.

    `checksum` is that of the text with which a run to resume began; `progress` is called with the number of words read.
    Raises DataError where a file is missing, damaged, empty or not UTF-8, where the run began with another text, and
    where the text has no sentence to learn from; ModelError where the segmenter's model is missing.
    """
    record = read_saved(folder / TEXT_FOLDER / _RECORD, SentencesRecord)
    if record is None:
        with writing(folder):
            record = _write_records(config, files, folder, checksum, progress)
    else:
        check_same_text(files, record.text, folder)
        _check_shards(record, folder)
    vocabulary = folder / VOCABULARY_FOLDER
    return SentenceRecords(
        folder / TEXT_FOLDER,
        record,
        load_vocabulary(vocabulary / WORDS_NAME, FIRST_WORD),
        load_vocabulary(vocabulary / CHARACTERS_NAME, FIRST_WORD),
        _read_frequencies(folder / TEXT_FOLDER / _FREQUENCIES),
    )


def _write_records(
    config: WordModelConfig,
    files: Sequence[str],
    folder: Path,
    checksum: str | None,
    progress: Callable[[int], None],
) -> SentencesRecord:
    """Write records, vocabularies and, last, what they were made of."""
    target = folder / TEXT_FOLDER
    target.mkdir(exist_ok=True)
    read, text, share = _text_reader(config.text.segmenter), HashedText(), config.text.held_out
    counts = Counts()
    with ShardWriter(target, TRAIN, _SHARDS) as train, ShardWriter(target, HELD_OUT, 1) as held_out:
        for number, words in enumerate(_sentences(files, text, read, config.text.max_tokens)):
            is_held_out = floor((number + 1) * share) > floor(number * share)
            (held_out if is_held_out else train).write_record(_record_of(words), len(words))
            if not is_held_out:
                counts.words.update(words)
                counts.sentences += 1
                counts.tokens += len(words)
                counts.words = without_rarest(counts.words)
            if number % _SENTENCES_BETWEEN_CALLS == 0:
                progress(counts.tokens)
        shards = train.close(), held_out.close()
    check_same_checksum(text.checksum, checksum, folder)
    if not counts.sentences:
        raise DataError(f"{', '.join(files)}: no sentence to learn from: give more text, or lower text.held_out")
    found = counts.lowercased() if config.words.lowercase else counts.words
    kept = word_vocabulary(found, config.words.min_count).entries[: config.text.max_words]
    characters = word_vocabulary(counts.characters, config.characters.min_count)
    for entries, table in ((kept, "words"), (characters.entries, "characters")):
        if not entries:
            raise DataError(f"none of the {table} of the text occurs often enough: lower {table}.min_count")
    if share and not any(shard.sentences for shard in shards[1]):
        raise DataError(
            f"{', '.join(files)}: of its sentences, {counts.sentences:,}, text.held_out = {share:g} holds none out, so "
            "that no epoch could be scored: raise it, or set it to 0, which keeps the last weights"
        )
    known = Vocabulary(kept, FIRST_WORD)
    if checksum is not None:
        _check_same_vocabulary(known, folder)
    frequencies = np.array([0, 0, *(found[word] for word in kept)], np.float64)
    frequencies[PADDING] = counts.sentences  # the end of each
    rare = int(counts.tokens - frequencies[FIRST_WORD:].sum())
    # New text has about as many unknown words as this text has words that were seen once (Good & Turing).
    frequencies[UNKNOWN] = max(1, rare, sum(count == 1 for count in found.values()))
    with new_file(target / _FREQUENCIES) as file:
        np.save(file, frequencies / frequencies.sum(), allow_pickle=False)
    (folder / VOCABULARY_FOLDER).mkdir(exist_ok=True)
    known.save(folder / VOCABULARY_FOLDER / WORDS_NAME)
    characters.save(folder / VOCABULARY_FOLDER / CHARACTERS_NAME)
    made_of = TextRecord(tuple(text.sources), text.checksum, rare)
    mixed = tuple(_mix(target, shard, np.random.default_rng([config.seed, at])) for at, shard in enumerate(shards[0]))
    record = SentencesRecord(made_of, mixed, shards[1], len(found), sum(found[word] > 1 for word in kept))
    write_file(target / _RECORD, json.dumps(asdict(record), indent=1) + "\n")
    return record


def _mix(folder: Path, shard: ShardInfo, generator: np.random.Generator) -> ShardInfo:
    """Write the sentences of a shard again in a random order.

    Texts are written one after the other, and training holds fewer sentences to shuffle than a text has: it would see
    one kind of text after the other, and remember the last one best.
    """
    records = list(read_serialized(folder / shard.file))
    with RecordWriter(folder / shard.file) as writer:
        for number in generator.permutation(len(records)):
            writer.write(records[number])
    return replace(shard, sha256=checksum_of(folder / shard.file))


def _check_shards(record: SentencesRecord, folder: Path) -> None:
    """Raise ModelError where the records of an unfinished run are not as they were written."""
    for shard in (*record.train, *record.held_out):
        path = folder / TEXT_FOLDER / shard.file
        if not path.is_file() or checksum_of(path) != shard.sha256:
            raise ModelError(f"{path}: missing or damaged: start anew with --overwrite")


def _read_frequencies(path: Path) -> np.ndarray:
    try:
        frequencies: np.ndarray = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise ModelError(f"{path}: cannot be read ({error}): start anew with --overwrite") from None
    return frequencies


def _check_same_vocabulary(words: Vocabulary, folder: Path) -> None:
    """Raise DataError where the text, read again for a run that is resumed, has other words than at first."""
    if load_vocabulary(folder / VOCABULARY_FOLDER / WORDS_NAME, FIRST_WORD).entries != words.entries:
        raise DataError(
            f"{folder}: the text is cut into other words than when the run began: give the same segmenter "
            "(text.segmenter), or start anew with --overwrite"
        )


def _text_reader(segmenter: str) -> TextReader:
    """Return the function that splits text as a configuration asks for.

    Raises ModelError where the model is missing, and ConfigError where it has no segmenter.
    """
    if not segmenter:
        return TEXT_READERS["text"]
    found = segmenter_of(open_model(find_model(segmenter)))
    if found is None:
        raise ConfigError(f"text.segmenter: {segmenter} has no segmenter: leave it empty for NLTK's tokenizer")
    return found.readers()["text"]


def _sentences(files: Sequence[str], text: HashedText, read: TextReader, most: int) -> Iterator[Sequence[str]]:
    """Yield the words of each sentence of some files; long sentences in parts."""
    for path in files:
        for sentence in read(text.pieces(path), 0):
            words = tuple(map(composed, sentence.words))
            for first in range(0, len(words), most):
                yield words[first : first + most]


def _record_of(words: Sequence[str]) -> bytes:
    example = SequenceExample()
    features = example.feature_lists.feature_list["tokens"].feature
    for word in words:
        features.add().bytes_list.value.append(word.encode("utf-8", "replace"))
    return bytes(example.SerializeToString(deterministic=True))
