"""A sentence of JSON whose tokens are objects, as `tagger tag --format jsonl` writes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from tagger.text.json_records import Record
from tagger.text.sentence import AFTER, PARAGRAPH, Sentence
from tagger.text.word_places import TokenForm, multiword_places, word_places

KEYS_WITHOUT_TAGS = frozenset(
    ("id", "text", "start", "end", "tokens", "words", "space_after", "spans", AFTER, PARAGRAPH)
)
"""Keys of a sentence or a token that are not tasks."""


@dataclass(slots=True)
class _Token:
    """A token of a record: its name in messages, its place, its own text ("" where only its words are known).

    `words` are the objects of its words, with their names in messages.
    """

    what: str
    place: tuple[int, int]
    text: str
    words: list[tuple[dict[str, Any], str]]


def sentence_of_objects(record: Record, objects: Sequence[Any], name: str, tasks: Mapping[str, str] | None) -> Sentence:
    """Return the sentence of `{"text": ..., "tokens": [{"text", "start", "end", "ner"}, ...]}`.

    A multiword token has the objects of its words in `words`; their places are those that `word_places` gives them.
    Raises DataError where tokens do not stand in the text, and for tags that are no strings.
    """
    start, text = record.get("start", int, 0), record.get("text", str, "")
    words: list[tuple[dict[str, Any], str]] = []
    forms, places = [], []
    for token in _tokens(record, objects, start, text):
        found = text[token.place[0] - start : token.place[1] - start]
        if token.text not in ("", found):
            where = f"{token.place[0]} to {token.place[1]}"
            raise record.error(f"{token.what} ({where}) is {found[:60]!r} in 'text', not its own text")
        forms.append(TokenForm(found, len(words), len(words) + len(token.words) - 1))
        places.append(token.place)
        words += token.words
    tags = _tags_of(record, words, tasks)
    sentence = Sentence.from_words([word["text"] for word, _ in words], tags=tags, start=start, id=name)
    sentence = placed(sentence, text, word_places(sentence.words, forms, places))
    inside = {place for form in forms for place in range(form.first, form.last)}
    spaces = tuple(space and place not in inside for place, space in enumerate(sentence.space_after))
    sentence = replace(sentence, space_after=spaces, multiword=multiword_places(forms))
    return with_white_space(sentence, record, is_known=True)


def _tokens(record: Record, objects: Sequence[Any], start: int, text: str) -> list[_Token]:
    """Return the tokens of a record; objects at one place are words of one token, as other programs write these."""
    tokens: list[_Token] = []
    for number, item in enumerate(objects, start=1):
        what = f"token {number}"
        place = _place_of(record, item, what, start, text)
        if item.get("words") is not None:
            inner = record.checked(item["words"], list, f"'words' of {what}")
            tokens.append(_Token(what, place, item["text"], _inner_words(record, inner, what, place, start, text)))
        elif tokens and tokens[-1].place == place and place[0] < place[1]:
            tokens[-1].text = ""
            tokens[-1].words.append((item, what))
        else:
            tokens.append(_Token(what, place, item["text"], [(item, what)]))
    return tokens


def _inner_words(
    record: Record, inner: Sequence[Any], what: str, place: tuple[int, int], start: int, text: str
) -> list[tuple[dict[str, Any], str]]:
    """Return the objects of the words of a multiword token with their names in messages."""
    if len(inner) < 2:
        raise record.error(f"'words' of {what} are {len(inner)}; a multiword token has two or more")
    named = [(word, f"word {number} of {what}") for number, word in enumerate(inner, start=1)]
    for word, name in named:
        first, last = _place_of(record, word, name, start, text)
        if not place[0] <= first <= last <= place[1]:
            raise record.error(f"{name} ({first} to {last}) is not inside its token ({place[0]} to {place[1]})")
    return named


def _place_of(record: Record, word: Any, what: str, start: int, text: str) -> tuple[int, int]:  # noqa: ANN401
    """Return the offsets of a token or word. Raises DataError where it has none or is empty."""
    record.checked(word, dict, what)
    if not record.checked(word.get("text"), str, f"'text' of {what}"):
        raise record.error(f"{what} is empty")
    first, last = (record.checked(word.get(key), int, f"'{key}' of {what}") for key in ("start", "end"))
    if not start <= first <= last <= start + len(text):
        raise record.error(f"{what} ({first} to {last}) is not inside the {len(text)} characters of 'text'")
    return first, last


def _tags_of(
    record: Record, words: Sequence[tuple[dict[str, Any], str]], tasks: Mapping[str, str] | None
) -> dict[str, list[str]]:
    """Return the tags of each task that some word has."""
    # Nearly always all words have the keys of the first.
    different = [word for word, _ in words if word.keys() != words[0][0].keys()]
    pairs = (pair for word in (words[0][0], *different) for pair in word.items())
    keys = dict.fromkeys(key for key, value in pairs if isinstance(value, str) and key not in KEYS_WITHOUT_TAGS)
    tags = {}
    for task, key in ({key: key for key in keys} if tasks is None else tasks).items():
        if any(word.get(key) is not None for word, _ in words):
            tags[task] = [record.checked(word.get(key), str, f"'{key}' of {what}") for word, what in words]
    return tags


def placed(sentence: Sentence, text: str, places: Sequence[tuple[int, int]]) -> Sentence:
    """Return the sentence with its text and the (start, end) offsets of its words."""
    spaces = (*(before[1] < after[0] for before, after in pairwise(places)), sentence.space_after[-1])
    starts, ends = zip(*places, strict=True)
    return replace(sentence, text=text, starts=starts, ends=ends, space_after=spaces)


def with_white_space(sentence: Sentence, record: Record, *, is_known: bool) -> Sentence:
    """Return the sentence with the white space after it, and whether a paragraph begins with it.

    Where the record has no `after`, but it `is_known` where white space stands, a space or nothing stands there. Raises
    DataError for an `after` that is not white space.
    """
    paragraph, after = record.get(PARAGRAPH, bool, False), record.get(AFTER, str)
    if after is None:
        after = " " * sentence.space_after[-1] if is_known else None
    elif after.strip():
        raise record.error(f"'after' is {after[:60]!r}; it must be the white space after the sentence")
    else:
        sentence = replace(sentence, space_after=(*sentence.space_after[:-1], bool(after)))
    return replace(sentence, after=after, paragraph=paragraph)
