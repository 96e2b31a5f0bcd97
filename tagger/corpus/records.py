"""One sentence as one `tf.train.SequenceExample`, and back.

| part         | key            | type  | what                                                              |
| ------------ | -------------- | ----- | ----------------------------------------------------------------- |
| context      | `id`           | bytes | the sentence's name in its source                                 |
| context      | `text`         | bytes | the sentence as it stood; its words with spaces where nobody knows|
| context      | `length`       | int64 | tokens                                                            |
| feature list | `tokens`       | bytes | the words                                                         |
| feature list | `space_after`  | int64 | 1 where white space follows                                       |
| feature list | one a task     | bytes | the tags; absent where the source does not annotate that task     |

Of a record that another program made, only `tokens` must be there. Every string is UTF-8.
"""

from collections.abc import Sequence
from itertools import repeat
from typing import Any

from google.protobuf.message import DecodeError

from tagger.backend import tf
from tagger.errors import DataError
from tagger.text.align import align
from tagger.text.sentence import ID, LENGTH, RESERVED_NAMES, SPACE_AFTER, TEXT, TOKENS, Sentence

BYTES, INTEGERS = "bytes_list", "int64_list"
KINDS = {BYTES: "bytes", INTEGERS: "int64", "float_list": "float", None: "nothing"}


def make_example(sentence: Sentence) -> bytes:
    """The sentence as a serialized SequenceExample; the same sentence always gives the same bytes."""
    example = tf.train.SequenceExample()
    context = example.context.feature
    if sentence.id:
        context[ID].bytes_list.value.append(sentence.id.encode())
    if sentence.text:
        context[TEXT].bytes_list.value.append(sentence.text.encode())
    context[LENGTH].int64_list.value.append(len(sentence.words))

    lists = example.feature_lists.feature_list
    for name, strings in ((TOKENS, sentence.words), *sentence.tags.items()):
        features = lists[name].feature
        for string in strings:
            features.add().bytes_list.value.append(string.encode())
    spaces = lists[SPACE_AFTER].feature
    for space in sentence.space_after:
        spaces.add().int64_list.value.append(int(space))
    return example.SerializeToString(deterministic=True)


def with_feature_list(record: bytes, name: str, values: Sequence[bytes]) -> bytes:
    """The same serialized SequenceExample with one more feature list, of a value for each token."""
    example = tf.train.SequenceExample.FromString(record)
    features = example.feature_lists.feature_list[name].feature
    for value in values:
        features.add().bytes_list.value.append(value)
    return example.SerializeToString(deterministic=True)


def parse_example(record: bytes) -> Sentence:
    """The sentence that a serialized SequenceExample holds.

    Raises DataError, which says what is wrong but not in which file, when the record has another shape.
    """
    try:
        example = tf.train.SequenceExample.FromString(record)
    except DecodeError:
        raise DataError("it is not a SequenceExample") from None
    lists = example.feature_lists.feature_list
    if TOKENS not in lists:
        names = ", ".join(sorted([*lists, *example.context.feature])) or "nothing"
        raise DataError(f"it has no feature list '{TOKENS}' (it has {names}); each word must be a feature of that list")

    words = _strings(lists, TOKENS)
    tags = {name: _strings(lists, name) for name in sorted(lists) if name not in RESERVED_NAMES}
    spaces = _values(lists, SPACE_AFTER, INTEGERS) if SPACE_AFTER in lists else tuple(repeat(1, len(words)))
    for name, column in {SPACE_AFTER: spaces, **tags}.items():
        if len(column) != len(words):
            raise DataError(f"tokens: {len(words)}, but '{name}': {len(column)}; there must be one for each token")

    length = _context(example, LENGTH, INTEGERS)
    if length is not None and length != len(words):
        raise DataError(f"its 'length' is {length}, but its tokens are {len(words)}")
    text = _decode(_context(example, TEXT, BYTES) or b"", TEXT)
    name = _decode(_context(example, ID, BYTES) or b"", ID)
    return _sentence(words, tuple(map(bool, spaces)), tags, text, name)


def _values(lists: Any, name: str, kind: str) -> tuple:  # noqa: ANN401 (a protobuf map)
    """One value of each feature of a list; `kind` is the protobuf field that must hold it."""
    features = lists[name].feature
    try:
        values = [value for feature in features for value in getattr(feature, kind).value]
        kinds = {feature.WhichOneof("kind") for feature in features}
    except ValueError as error:  # an int64 list may hold what does not fit
        raise DataError(f"'{name}' cannot be read: {error}") from None
    if kinds - {kind}:
        found = KINDS[next(iter(kinds - {kind}), None)]
        advice = ": these look like ids; map them to their strings first" if found == "int64" else ""
        raise DataError(f"'{name}' holds {found} where {KINDS[kind]} must be{advice}")
    if len(values) != len(features):
        raise DataError(
            f"features of '{name}': {len(features)}, but their values: {len(values)}; each must hold exactly one"
        )
    return tuple(values)


def _strings(lists: Any, name: str) -> tuple[str, ...]:  # noqa: ANN401
    try:
        return tuple(map(bytes.decode, _values(lists, name, BYTES)))
    except UnicodeDecodeError as error:
        raise DataError(f"'{name}' holds {error.object!r}, which is not UTF-8") from None


def _decode(value: bytes, name: str) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise DataError(f"its '{name}' is not UTF-8: {value!r}") from None


def _context(example: Any, name: str, kind: str) -> Any:  # noqa: ANN401
    """The one value of a context feature, or None where the record has none."""
    if name not in example.context.feature:
        return None
    feature = example.context.feature[name]
    values = getattr(feature, kind).value
    if len(values) != 1:
        raise DataError(f"its '{name}' must be one {KINDS[kind]} value, but it is {KINDS[feature.WhichOneof('kind')]}")
    return values[0]


def _sentence(
    words: tuple[str, ...], spaces: tuple[bool, ...], tags: dict[str, tuple[str, ...]], text: str, name: str
) -> Sentence:
    """The sentence with its words found in its text; made of its words alone where the text is another one."""
    places = align(words, text)
    if places is None:
        return Sentence.from_words(words, space_after=spaces, tags=tags, id=name)
    starts, ends = zip(*places, strict=True) if places else ((), ())
    return Sentence(words, starts, ends, spaces, text, 0, name, tags)
