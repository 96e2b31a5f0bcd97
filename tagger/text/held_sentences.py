"""Annotated sentences that a program holds: Sentences, words with tags, dictionaries, data frames, data sets.

    (["Ada", "slept"], ["B-PER", "O"])                              words and tags
    (["Ada", "slept"], {"ner": ["B-PER", "O"], "upos": [...]})      words and the tags of several tasks
    [("Ada", "PROPN"), ("slept", "VERB")]                           a list of tuples, as NLTK's corpora have it
    {"tokens": ["Ada", "slept"], "ner_tags": ["B-PER", "O"]}        a dictionary with the keys of JSON lines
    {"text": "Ada slept", "spans": [{"start": 0, "end": 3, "label": "PER"}]}

Dictionaries are read by the reader of JSON lines (`jsonl.py`), so that those of annotation tools are known too.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeGuard

from tagger.errors import DataError
from tagger.text.document_names import with_paragraphs
from tagger.text.frames import frame_records, is_frame
from tagger.text.json_records import Record
from tagger.text.jsonl import RecordReader, record_reader, refusing
from tagger.text.label_names import LabelsOption
from tagger.text.remarks import Remarks
from tagger.text.sentence import Origin, Sentence

UNNAMED = "tags"
"""The task of tags that are given without a name; `task_names.py` finds a better one."""
HELD = "python"
"""The format, in `Origin`, of a sentence that a program gave."""
_FORMS = (
    "give a Sentence, (words, tags), a list of (word, tag) tuples, or a dictionary with 'tokens' and tags or with "
    "'text' and 'spans'"
)


def is_path(data: Any) -> TypeGuard[str | os.PathLike[str]]:  # noqa: ANN401 (whatever a program gives)
    """Return whether data are the path of a file or a folder, not the sentences themselves."""
    return isinstance(data, (str, os.PathLike))


def held_sentences(
    data: Any,  # noqa: ANN401 (whatever a program gives)
    split: str = "",
    *,
    tasks: Mapping[str, str] | None = None,
    labels: LabelsOption | None = None,
    offsets: str | None = None,
    repair: bool = False,
    every_quote: bool = False,
    skip_refused: bool = False,
    remarks: Remarks | None = None,
) -> list[Sentence]:
    """Return the sentences of data that a program holds, in any of the forms above, of one kind or mixed.

    A data frame has a row for each token, with a column that numbers the sentences, or a row for each sentence (see
    `frames.py`). A split of Hugging Face's `datasets` is read as its dictionaries, and its `ClassLabel`s name the ids
    of tags. `split` begins the places in messages, such as `train, sentence 5`. `tasks`, `labels`, `offsets`, `repair`,
    `every_quote`, `skip_refused` and `remarks` are those of `read_jsonl`, for dictionaries; `tasks` names columns of
    frames too. Empty sentences are left out. Raises DataError that names the sentence by its number.
    """
    remarks = Remarks() if remarks is None else remarks
    named = labels if labels is not None else _class_labels(data)
    if is_frame(data):
        data, tasks = frame_records(data, tasks, f"{split}, " if split else "")
    if isinstance(data, (Mapping, str, bytes, Sentence)) or not isinstance(data, Iterable):
        what = "one sentence" if isinstance(data, (Mapping, Sentence)) else type(data).__name__
        raise DataError(f"{split or 'the sentences'}: this is {what}, not a list of sentences: {_FORMS} for each")
    reader = record_reader(
        "sentence", tasks, labels=named, offsets=offsets, repair=repair, every_quote=every_quote, remarks=remarks
    )
    refuse = refusing(remarks, skip_refused=skip_refused)
    found: list[Sentence] = []
    for number, item in enumerate(data, start=1):
        place = f"{split}, sentence {number}" if split else f"sentence {number}"
        try:
            sentences = list(_sentences(item, place, number, reader))
        except DataError as error:
            refuse(error)
            continue
        found += sentences
    reader.check()
    if not found:
        why = "; ".join(map(str, remarks)) or _FORMS
        raise DataError(f"{split or 'the sentences'}: no sentence in them; {why}")
    return list(with_paragraphs(found))


def _sentences(item: Any, place: str, number: int, reader: RecordReader) -> Iterator[Sentence]:  # noqa: ANN401
    """Yield the sentences of one item; a text with spans may have several."""
    if isinstance(item, Sentence):
        made = [item] if item.words else []
    elif isinstance(item, Mapping):
        made = reader.sentences(Record(_keys_of(item), place, number, ""))
    elif _is_pair(item) and isinstance(item[0], str) and isinstance(item[1], Mapping):
        made = reader.sentences(Record({**_keys_of(item[1]), "text": item[0]}, place, number, ""))
    elif isinstance(item, list) and item and all(isinstance(each, tuple) and len(each) == 2 for each in item):
        words, tags = zip(*item, strict=True)
        made = [_from_words(words, tags, place)]
    elif _is_pair(item) and not isinstance(item[0], (str, bytes)) and not isinstance(item[1], (str, bytes)):
        words = _plain(item[0])
        made = [_from_words(words, item[1], place)] if words else []
    else:
        raise DataError(f"{place} is {_shown(item)}: {_FORMS}")
    for sentence in made:
        known = sentence.origin is not None and sentence.origin.format != HELD
        yield sentence if known else replace(sentence, origin=Origin(HELD, place, number, (), ()))


def _from_words(words: Any, tags: Any, place: str) -> Sentence:  # noqa: ANN401
    """Return the sentence of words and their tags: one column, or one for each task."""
    if not isinstance(words, (list, tuple)):
        raise DataError(f"{place}: the words are {_shown(words)}: give a list of strings")
    for number, word in enumerate(words, start=1):
        if not isinstance(word, str) or not word:
            raise DataError(f"{place}: word {number} is {_shown(word)}: give a string that is not empty")
    columns = tags if isinstance(tags, Mapping) else {UNNAMED: tags}
    found = {}
    for task, given in columns.items():
        column = _plain(given)
        if not isinstance(column, (list, tuple)):
            raise DataError(f"{place}: the tags of '{task}' are {_shown(given)}: give a list with one for each word")
        if len(column) != len(words):
            raise DataError(f"{place}: {len(words)} words but {len(column)} tags of '{task}': give one for each word")
        for number, tag in enumerate(column, start=1):
            if isinstance(tag, int):
                raise DataError(
                    f"{place}: tag {number} of '{task}' is the number {tag}: give names, such as B-PER; for numbers, "
                    "give dictionaries to tagger.read with labels={'ner_tags': [names]}, and what it returns here"
                )
            if tag is not None and not isinstance(tag, str):
                raise DataError(f"{place}: tag {number} of '{task}' is {_shown(tag)}: give a string")
        if any(column):
            found[str(task)] = [tag or "" for tag in column]
    return Sentence.from_words(words, tags=found)


def _is_pair(item: Any) -> bool:  # noqa: ANN401
    return isinstance(item, (list, tuple)) and len(item) == 2


def _keys_of(item: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a dictionary as JSON would have it; the words may be called `words`."""
    keys = {str(key): _plain(value) for key, value in item.items()}
    if "tokens" not in keys and isinstance(keys.get("words"), list):
        keys["tokens"] = keys.pop("words")
    return keys


def _plain(value: Any) -> Any:  # noqa: ANN401
    """Return a value as JSON would have it: lists for tuples and arrays, None for what is missing in a frame."""
    if isinstance(value, str):
        return str(value)  # NumPy has a class of its own
    if isinstance(value, (bool, int)) or value is None:
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if hasattr(value, "tolist"):  # NumPy and pandas, whose numbers are no int either
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    is_missing = type(value).__name__ == "NAType" or (isinstance(value, float) and value != value)  # pandas' NA, NaN
    return None if is_missing else value


def _class_labels(data: Any) -> dict[str, Sequence[str]] | None:  # noqa: ANN401
    """Return the names of ids that a split of Hugging Face's `datasets` has, by column."""
    features = getattr(data, "features", None)
    found: dict[str, Sequence[str]] = {}
    for column, feature in features.items() if isinstance(features, Mapping) else ():
        inner = feature[0] if isinstance(feature, list) and feature else getattr(feature, "feature", feature)
        names = getattr(inner, "names", None)
        if isinstance(names, (list, tuple)) and names and all(isinstance(name, str) for name in names):
            found[str(column)] = tuple(names)
    return found or None


def _shown(value: Any) -> str:  # noqa: ANN401
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
