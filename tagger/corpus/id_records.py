"""Reads SequenceExamples of other programs, which hold ids of words and tags.

An id is the number of a line in a list of names, counted from 0 as TensorFlow's lookup tables count lines
(`tf.lookup.TextFileIndex.LINE_NUMBER`), unless another first id is given.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagger.corpus.records import (
    BYTES,
    INTEGERS,
    context_value,
    decode_example,
    feature_strings,
    feature_values,
    names_in,
)
from tagger.corpus.tfrecord import compression_of, read_serialized
from tagger.errors import ConfigError, DataError
from tagger.text.reading import raw_lines
from tagger.text.sentence import LENGTH, TOKENS, Sentence

if TYPE_CHECKING:
    from tagger.backend import tf

SEQUENCE_EXAMPLE = "sequence-example"
"""The name of this format in `convert`."""
_PADDING_NAME = re.compile(r"[<\[{(_]+pad(ding)?[>\]})_]+|", re.IGNORECASE)
"""A line that is padding: `<pad>`, `[PAD]`, `_PAD_` and the like, or an empty line."""


@dataclass(frozen=True)
class _NameList:
    """The names of ids, one a line of a file."""

    path: Path
    names: Sequence[str]
    first_id: int
    """The id of the first line."""
    padding_id: int | None
    """Id of padding; None if the list has none."""

    def name(self, id: int) -> str:
        """The name of an id. Raises DataError when the list does not have it."""
        if not 0 <= id - self.first_id < len(self.names):
            last = self.first_id + len(self.names) - 1
            raise DataError(
                f"id {id} is not in {self.path}, whose {len(self.names):,} lines are the ids {self.first_id} to {last}"
            )
        return self.names[id - self.first_id]


def sequence_example_reader(
    features: Mapping[str, str],
    vocabularies: Mapping[str, str | Path],
    *,
    first_ids: Mapping[str, int],
    padding_id: int | None,
) -> Callable[[str], Iterator[Sentence]]:
    """Return a function that yields the sentences of a TFRecord file.

    The file may be compressed with GZIP or ZLIB. The parameters are those of `convert`. Raises ConfigError where they
    do not fit each other, DataError where a list of names cannot be read. The returned function raises DataError with
    file and record number, from 1, where a record is damaged, lacks a feature, holds an id that its list does not have,
    or features of different lengths.
    """
    if TOKENS not in features:
        raise ConfigError(
            f"--features: which feature holds the {TOKENS}? Name it, for example {TOKENS}={TOKENS},ner=labels"
        )
    for option, keys, known in (("--vocabulary", vocabularies, features), ("--first-id", first_ids, vocabularies)):
        for key in keys:
            if key not in known:
                raise ConfigError(f"{option} {key}: there is no '{key}' here, only {', '.join(known) or 'nothing'}")
    if padding_id is not None and TOKENS not in vocabularies:
        raise ConfigError(f"--padding-id is for {TOKENS} that are ids: name their list with --vocabulary {TOKENS}=FILE")
    lists = {
        key: _read_names(Path(path), first_ids.get(key, 0), padding_id if key == TOKENS else None)
        for key, path in vocabularies.items()
    }

    def read(path: str) -> Iterator[Sentence]:
        number, file = 0, Path(path)
        for number, record in enumerate(read_serialized(file, compression_of(file)), start=1):
            try:
                sentence = _sentence(record, f"{file.name}:{number}", features, lists)
            except DataError as error:
                raise DataError(f"{path}: record {number}: {error}") from None
            yield sentence
        if not number:
            raise DataError(f"{path}: there is no record in it; give a file that holds some")

    return read


def _read_names(path: Path, first_id: int, padding_id: int | None) -> _NameList:
    """The names of ids, read from a file.

    Without a `padding_id`, a line that looks like padding is the padding. Raises DataError.
    """
    lines: dict[str, int] = {}
    for number, line in enumerate(raw_lines(path), start=1):
        name = line.removesuffix("\n").removesuffix("\r")
        if "\t" in name:
            raise DataError(f"{path}:{number}: a tab in it; each line must be one name, and nothing else")
        if name in lines:
            raise DataError(f"{path}:{number}: '{name}' is in line {lines[name]} as well; each id needs its own name")
        lines[name] = number
    if padding_id is None:
        padding_id = next((first_id + line - 1 for name, line in lines.items() if _PADDING_NAME.fullmatch(name)), None)
    return _NameList(path, tuple(lines), first_id, padding_id)


def _sentence(record: bytes, name: str, features: Mapping[str, str], lists: Mapping[str, _NameList]) -> Sentence:
    """The sentence that a serialized record holds.

    Raises DataError, which does not say in which record.
    """
    example = decode_example(record)
    for feature in features.values():
        if feature not in example.feature_lists.feature_list:
            raise DataError(f"it has no feature list '{feature}'; it has {names_in(example)}: correct --features")
    columns = {key: _column(example, key, feature, key in lists) for key, feature in features.items()}
    tokens = columns[TOKENS]
    length = _length(tokens, example, lists[TOKENS].padding_id if TOKENS in lists else None)
    for key, column in columns.items():
        if len(column) not in (length, len(tokens)):
            raise DataError(
                f"'{features[TOKENS]}': {length}, but '{features[key]}': {len(column)}; there must be one for each "
                "token"
            )
    named = {
        key: _names(column[:length], lists[key], features[key]) if key in lists else column[:length]
        for key, column in columns.items()
    }
    return Sentence.from_words(named.pop(TOKENS), tags=named, id=name)


def _column(example: "tf.train.SequenceExample", key: str, feature: str, holds_ids: bool) -> tuple[Any, ...]:
    """The values of a feature list: int where it holds ids, otherwise str."""
    lists = example.feature_lists.feature_list
    if holds_ids:
        return feature_values(lists, feature, INTEGERS, {BYTES: f"these are names; take {key} out of --vocabulary"})
    advice = {INTEGERS: f"these look like ids; name the list of their names with --vocabulary {key}=FILE"}
    return feature_strings(lists, feature, advice)


def _length(tokens: Sequence[Any], example: "tf.train.SequenceExample", padding_id: int | None) -> int:
    """The number of a record's tokens without padding.

    The number is the context feature `length`; in a record without one, all tokens count but the padding at the end.
    """
    length = context_value(example, LENGTH, INTEGERS)
    if length is None:
        length = len(tokens)
        while length and tokens[length - 1] == padding_id:
            length -= 1
        return length
    if not 0 <= length <= len(tokens):
        raise DataError(f"its '{LENGTH}' is {length}, but its tokens are {len(tokens)}")
    for place, id in enumerate(tokens[length:], start=length + 1):
        if padding_id is not None and id != padding_id:
            raise DataError(
                f"its '{LENGTH}' is {length}, but token {place} is id {id} and not padding (id {padding_id}); "
                "correct the length, or the padding with --padding-id"
            )
    return int(length)


def _names(ids: Sequence[int], names: _NameList, feature: str) -> list[str]:
    """The names of the ids of one sentence.

    Raises DataError for padding among the ids, and for an unknown id.
    """
    found = []
    for place, id in enumerate(ids, start=1):
        if id == names.padding_id:
            raise DataError(
                f"'{feature}' of token {place} is padding (id {id}), but the sentence has {len(ids)} tokens; padding "
                "may only follow them"
            )
        try:
            found.append(names.name(id))
        except DataError as error:
            raise DataError(
                f"'{feature}' of token {place}: {error}; complete the list, or give --first-id or --padding-id"
            ) from None
    return found
