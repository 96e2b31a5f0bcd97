"""Names of input formats, and of what offsets of spans may count: once for commands, recipes and readers.

Nothing is imported, so that a command knows them before it loads a reader.
"""

from typing import Literal, get_args

InputFormat = Literal[
    "conllu",
    "columns",
    "csv",
    "pairs",
    "conll2012",
    "jsonl",
    "doccano",
    "prodigy",
    "spacy",
    "labelstudio",
    "huggingface",
    "brat",
    "nltk",
]
INPUT_FORMATS: tuple[str, ...] = get_args(InputFormat)
COLUMN_FORMATS = ("columns", "csv", "pairs")
"""Formats whose columns or parts the user names."""
ANNOTATED_FORMATS = tuple(name for name in INPUT_FORMATS if name != "nltk")
"""Formats of files: NLTK's corpora are none."""

Offsets = Literal["characters", "utf-16", "bytes", "crlf", "inclusive"]
OFFSETS: tuple[str, ...] = get_args(Offsets)
"""Names of what offsets may count; `characters` is what is assumed."""
