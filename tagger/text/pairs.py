"""Read a sentence a line, in which each word has its tags: `Ada/PROPN sleeps/VERB`, `Ada|PROPN|B-PER`."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from tagger.errors import ConfigError, DataError
from tagger.text.blocks import is_blank
from tagger.text.column_names import SENTENCE, SKIPPED, TOKEN, check_columns, is_by_header, tasks_of
from tagger.text.reading import file_name, raw_lines
from tagger.text.sentence import Origin, Sentence

_SEPARATORS = "|/_"
_WHITE_SPACE = re.compile("[ \t]+")


def read_pairs(path: str | Path, columns: Sequence[str] | None, separator: str | None = None) -> Iterator[Sentence]:
    """Yield the sentences of a file of pairs.

    `columns` names the parts: the token first, then its tags, `_` for one to skip. `separator` stands between them, by
    default the one of `|`, `/` and `_` that all pairs of the first line have. A word may hold it too: tags are cut off
    from the end. Raises DataError (`file:line`) for a pair that lacks a tag or has parts that are not named, and
    ConfigError where `columns` are not named.
    """
    if columns is None:
        raise ConfigError(f"{path}: what do its pairs hold? Name the parts, for example --columns token,xpos")
    names = check_columns(columns)
    if is_by_header(names) or names[0] != TOKEN or SENTENCE in names or len(names) < 2:
        raise ConfigError(f"columns {','.join(names)!r}: in pairs the token comes first, for example token,xpos,ner")
    return _sentences(path, names, separator)


def _sentences(path: str | Path, names: Sequence[str], separator: str | None) -> Iterator[Sentence]:
    file = file_name(path)
    tags = len(names) - 1
    count = 0
    for number, raw in enumerate(raw_lines(path, any_end=True), start=1):
        if is_blank(raw):
            continue
        pairs = _WHITE_SPACE.split(raw.strip(" \t\r\n"))
        separator = separator or _separator_of(pairs, tags)
        rows = [pair.rsplit(separator, tags) for pair in pairs]
        for pair, row in zip(pairs, rows, strict=True):
            if len(row) <= tags or "" in row:
                raise DataError(
                    f"{file}:{number}: '{pair}' is not {separator.join(names)}: give the word its tags, name the parts "
                    "with --columns, or the mark between them with --separator"
                )
        if len(pairs) > 1 and all(pair[1:-1].count(separator) > tags for pair in pairs):
            raise DataError(
                f"{file}:{number}: each word has more than the parts {','.join(names)}, as '{pairs[0]}' has: name all "
                f"with --columns, {SKIPPED} for one to skip"
            )
        count += 1
        columns = {name: [row[place] for row in rows] for name, place in tasks_of(names).items()}
        columns = {name: ["" if tag == "_" else tag for tag in column] for name, column in columns.items()}
        yield Sentence.from_words(
            [row[0] for row in rows],
            tags={name: column for name, column in columns.items() if any(column)},
            id=f"{Path(file).name}:{number}",
            origin=Origin("pairs", file, number, (raw,), (0,) * len(rows)),
        )
    if not count:
        raise DataError(f"{file}: no sentence in it, only blank lines; give an annotated file")


def _separator_of(pairs: Sequence[str], tags: int) -> str:
    """Return the separator that most pairs have as often as they have tags."""
    return max(_SEPARATORS, key=lambda mark: sum(pair[1:-1].count(mark) >= tags for pair in pairs))
