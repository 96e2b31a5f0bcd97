"""One sentence as one `tf.train.SequenceExample`, and back.

| part         | key            | type  | what                                                                    |
| ------------ | -------------- | ----- | ----------------------------------------------------------------------- |
| context      | `id`           | bytes | the sentence's name in its source                                       |
| context      | `text`         | bytes | the sentence as it stood; its words with spaces where that is unknown   |
| context      | `length`       | int64 | words                                                                   |
| context      | `after`        | bytes | the white space between this sentence and the next one of its source    |
| context      | `paragraph`    | int64 | 1 where a paragraph or document begins with this sentence               |
| context      | `document`     | bytes | the name of the document that it is from; absent where that is unknown  |
| feature list | `tokens`       | bytes | the words                                                               |
| feature list | `space_after`  | int64 | 1 where white space follows                                             |
| feature list | `surface`      | bytes | multiword tokens: the text of the token that begins with the word, or ""|
| feature list | one a task     | bytes | the tags; absent where the source does not annotate that task           |

`after` is absent where the source does not say where white space stands, as column files do not. Only sentences with
multiword tokens have `surface`: that of `Zum Haus`, with the words `zu`, `dem` and `Haus`, is `Zum`, an empty string,
and `Haus`, because `dem` stands inside a token that began before it.

A word that is not annotated has an empty tag. A record from another program needs `tokens` alone. Every string is
UTF-8.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise, repeat
from typing import TYPE_CHECKING, Any

from google.protobuf.message import DecodeError

from tagger.corpus.sequence_example import SequenceExample
from tagger.errors import DataError
from tagger.text.align import align
from tagger.text.document_names import document_name
from tagger.text.sentence import (
    AFTER,
    ID,
    LENGTH,
    PARAGRAPH,
    RESERVED_NAMES,
    SPACE_AFTER,
    SURFACE,
    TEXT,
    TOKENS,
    Sentence,
)
from tagger.text.word_places import TokenForm, joined_tokens, multiword_places, word_places

if TYPE_CHECKING:
    from tagger.backend import tf

DOCUMENT = "document"
"""Context feature with the name of a document; a task may have this name too, as its tags are a feature list."""
BYTES, INTEGERS = "bytes_list", "int64_list"
_VALUE_TYPES = {BYTES: "bytes", INTEGERS: "int64", "float_list": "float", None: "nothing"}
"""What messages call each field of a protobuf feature; None is a feature without a value."""
_IDS_ADVICE = "these look like ids; map them to their strings first: tagger convert --format sequence-example"


def make_example(sentence: Sentence) -> bytes:
    """The sentence as a serialized SequenceExample.

    The same sentence always gives the same bytes.
    """
    example = SequenceExample()
    context = example.context.feature
    if sentence.id:
        context[ID].bytes_list.value.append(sentence.id.encode())
    if sentence.text:
        context[TEXT].bytes_list.value.append(sentence.text.encode())
    context[LENGTH].int64_list.value.append(len(sentence.words))
    if sentence.after is not None:
        context[AFTER].bytes_list.value.append(sentence.after.encode())
    if sentence.paragraph:
        context[PARAGRAPH].int64_list.value.append(1)
    if sentence.document:
        context[DOCUMENT].bytes_list.value.append(sentence.document.encode())

    lists = example.feature_lists.feature_list
    columns: dict[str, Sequence[str]] = {TOKENS: sentence.words, **sentence.tags}
    if sentence.multiword:
        columns[SURFACE] = _surfaces(sentence)
    for name, strings in columns.items():
        features = lists[name].feature
        for string in strings:
            features.add().bytes_list.value.append(string.encode())
    spaces = lists[SPACE_AFTER].feature
    for space in sentence.space_after:
        spaces.add().int64_list.value.append(int(space))
    return bytes(example.SerializeToString(deterministic=True))


def _surfaces(sentence: Sentence) -> list[str]:
    """For each word the text of the token that begins with it, "" for a word inside a token."""
    surfaces = list(sentence.words)
    for first, last in sentence.multiword:
        surfaces[first : last + 1] = [sentence.text_of(first, last), *[""] * (last - first)]
    return surfaces


def with_feature_list(record: bytes, name: str, values: Sequence[bytes]) -> bytes:
    """A serialized SequenceExample with one more feature list.

    The list holds one value for each token.
    """
    example = SequenceExample.FromString(record)
    features = example.feature_lists.feature_list[name].feature
    for value in values:
        features.add().bytes_list.value.append(value)
    return bytes(example.SerializeToString(deterministic=True))


def parse_example(record: bytes) -> Sentence:
    """The sentence that a serialized SequenceExample holds.

    Raises DataError, which says what is wrong but not in which file, when the record has another shape.
    """
    example = decode_example(record)
    lists = example.feature_lists.feature_list
    if TOKENS not in lists:
        raise DataError(
            f"it has no feature list '{TOKENS}' (it has {names_in(example)}); each word must be a feature of that list"
        )

    words = feature_strings(lists, TOKENS)
    tags = {name: feature_strings(lists, name) for name in sorted(lists) if name not in RESERVED_NAMES}
    spaces = feature_values(lists, SPACE_AFTER, INTEGERS) if SPACE_AFTER in lists else tuple(repeat(1, len(words)))
    surfaces = feature_strings(lists, SURFACE) if SURFACE in lists else None
    for name, column in {SPACE_AFTER: spaces, **tags, **({} if surfaces is None else {SURFACE: surfaces})}.items():
        if len(column) != len(words):
            raise DataError(f"tokens: {len(words)}, but '{name}': {len(column)}; there must be one for each token")

    length = context_value(example, LENGTH, INTEGERS)
    if length is not None and length != len(words):
        raise DataError(f"its 'length' is {length}, but its tokens are {len(words)}")
    text = _decode(context_value(example, TEXT, BYTES) or b"", TEXT)
    name = _decode(context_value(example, ID, BYTES) or b"", ID)
    after = context_value(example, AFTER, BYTES)
    if after is not None:
        after = _decode(after, AFTER)
        if after.strip():
            raise DataError(f"its '{AFTER}' is {after!r}; it must be the white space after the sentence")
    paragraph = context_value(example, PARAGRAPH, INTEGERS) or 0
    if paragraph not in (0, 1):
        raise DataError(f"its '{PARAGRAPH}' is {paragraph}; it must be 1, or absent")
    if surfaces is None:
        sentence = _sentence(words, tuple(map(bool, spaces)), tags, text, name)
    else:
        tokens = _tokens(words, surfaces)
        spaces = _spaces_of(tokens, spaces if SPACE_AFTER in lists else None, len(words))
        sentence = _sentence_of_tokens(words, tokens, spaces, tags, text, name)
    document = _document_of(example)
    if after is None and not paragraph and not document:
        return sentence
    return replace(sentence, after=after, paragraph=bool(paragraph), document=document)


def decode_example(record: bytes) -> "tf.train.SequenceExample":
    """The protobuf message of a serialized SequenceExample.

    Raises DataError when it cannot be parsed.
    """
    try:
        return SequenceExample.FromString(record)
    except DecodeError:
        raise DataError("it is not a SequenceExample") from None


def names_in(example: "tf.train.SequenceExample") -> str:
    """The names of all features of a record, for a message."""
    return ", ".join(sorted([*example.feature_lists.feature_list, *example.context.feature])) or "nothing"


def feature_values(
    lists: "Mapping[str, tf.train.FeatureList]", name: str, field: str, advice: Mapping[str, str] | None = None
) -> tuple[Any, ...]:
    """One value of each feature of a feature list.

    `field` is the protobuf field that must hold it, `BYTES` or `INTEGERS`. Raises DataError where another field does,
    ending in the `advice` for that field, and where a feature holds no value or several.
    """
    features = lists[name].feature
    try:
        values = [value for feature in features for value in getattr(feature, field).value]
        fields = {feature.WhichOneof("kind") for feature in features}
    except ValueError as error:  # an int64 list may hold what does not fit
        raise DataError(f"'{name}' cannot be read: {error}") from None
    if fields - {field}:
        found = next(iter(fields - {field}), None)
        hint = (advice if advice is not None else {INTEGERS: _IDS_ADVICE}).get(str(found), "")
        raise DataError(
            f"'{name}' holds {_VALUE_TYPES[found]} where {_VALUE_TYPES[field]} must be{': ' * bool(hint)}{hint}"
        )
    if len(values) != len(features):
        raise DataError(
            f"features of '{name}': {len(features)}, but their values: {len(values)}; each must hold exactly one"
        )
    return tuple(values)


def feature_strings(
    lists: "Mapping[str, tf.train.FeatureList]", name: str, advice: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """One string of each feature of a feature list.

    Raises DataError as `feature_values` does, and where a string is not UTF-8.
    """
    try:
        return tuple(map(bytes.decode, feature_values(lists, name, BYTES, advice)))
    except UnicodeDecodeError as error:
        raise DataError(f"'{name}' holds {error.object!r}, which is not UTF-8") from None


def context_value(example: "tf.train.SequenceExample", name: str, field: str) -> Any:  # noqa: ANN401 (bytes or int)
    """The one value of a context feature; None where the record has no such feature."""
    if name not in example.context.feature:
        return None
    feature = example.context.feature[name]
    values = getattr(feature, field).value
    if len(values) != 1:
        found = _VALUE_TYPES[feature.WhichOneof("kind")]
        raise DataError(f"its '{name}' must be one {_VALUE_TYPES[field]} value, but it is {found}")
    return values[0]


def _document_of(example: "tf.train.SequenceExample") -> str:
    """The document that a record names; empty where another program has something else under that name."""
    if DOCUMENT not in example.context.feature:
        return ""
    feature = example.context.feature[DOCUMENT]
    found = [value.decode("utf-8", "replace") for value in feature.bytes_list.value] or feature.int64_list.value
    return document_name(found[0]) if len(found) == 1 else ""


def _decode(value: bytes, name: str) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise DataError(f"its '{name}' is not UTF-8: {value!r}") from None


def _sentence(
    words: tuple[str, ...], spaces: tuple[bool, ...], tags: dict[str, tuple[str, ...]], text: str, name: str
) -> Sentence:
    """The sentence with its words located in `text`.

    Where `text` does not contain the words, the sentence's text is built from the words alone.
    """
    places = align(words, text)
    if places is None:
        return Sentence.from_words(words, space_after=spaces, tags=tags, id=name)
    starts, ends = zip(*places, strict=True) if places else ((), ())
    return Sentence(words, starts, ends, spaces, text, 0, name, tags)


def _tokens(words: Sequence[str], surfaces: Sequence[str]) -> list[TokenForm]:
    """The tokens of a record with `surface`.

    Raises DataError where a token of one word is not that word, or where no token begins with the first word.
    """
    begins = [place for place, surface in enumerate(surfaces) if surface]
    if words and begins[:1] != [0]:
        raise DataError(f"its first '{SURFACE}' is empty, but a token must begin with the first word")
    tokens = [TokenForm(surfaces[first], first, after - 1) for first, after in pairwise([*begins, len(words)])]
    for token in tokens:
        if token.first == token.last and token.form != words[token.first]:
            raise DataError(
                f"word {token.first + 1} is {words[token.first]!r}, but its '{SURFACE}' is {token.form!r}; a token of "
                "one word is that word"
            )
    return tokens


def _spaces_of(tokens: Sequence[TokenForm], given: Sequence[int] | None, words: int) -> tuple[bool, ...]:
    """Whether white space follows each word: after every token where nothing is `given`.

    Raises DataError where it follows a word inside a token.
    """
    if given is None:
        lasts = {token.last for token in tokens}
        return tuple(place in lasts for place in range(words))
    for token in tokens:
        if any(given[token.first : token.last]):
            raise DataError(f"'{SPACE_AFTER}' has white space inside the token {token.form!r} of '{SURFACE}'")
    return tuple(map(bool, given))


def _sentence_of_tokens(
    words: tuple[str, ...],
    tokens: Sequence[TokenForm],
    spaces: tuple[bool, ...],
    tags: dict[str, tuple[str, ...]],
    text: str,
    name: str,
) -> Sentence:
    """The sentence with its words located through the tokens that hold them; without `text`, the tokens make it."""
    forms = [token.form for token in tokens]
    places = align(forms, text)
    if places is None:
        if text:
            raise DataError(f"its '{TEXT}' is not the tokens of '{SURFACE}' with white space between them: {text!r}")
        text, places = joined_tokens(forms, [" " if spaces[token.last] else "" for token in tokens])
    starts, ends = zip(*word_places(words, tokens, places), strict=True) if words else ((), ())
    return Sentence(words, starts, ends, spaces, text, 0, name, tags, multiword=multiword_places(tokens))
