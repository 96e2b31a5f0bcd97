"""The documents that sentences are from, as their sources name them: `Sentence.document`.

Lines of CoNLL-U and of column files name them, and keys of dictionaries, frames and JSON.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from tagger.text.sentence import Sentence

DOCUMENT_KEYS = ("document", "document_id", "doc", "doc_id")
"""Keys of a record, and columns of a frame with a row for each sentence, that name its document."""
_FILE_KEYS = ("source", "file")
"""Keys that name the file of a text where `start` tells its place in it, as `tagger annotate` and `tag` write them."""
_PARTS = ("meta", "data")
"""Keys whose values annotation tools return as they were given to them."""
_LINE = re.compile(
    r"#\s*newdoc\b(?:(?:\s+id)?\s*=(?P<id>.*))?"
    rf"|#\s*(?:\w+:)?(?:{'|'.join(DOCUMENT_KEYS)})\s*=(?P<key>.*)"
    r"|-DOCSTART-"
)
_LONGEST = 200
"""Characters of the longest name that is kept whole: some data sets have the text of the document in its place."""


def document_of(keys: Mapping[str, Any]) -> str:
    """Return the name of the document that a record is from, a string or number; empty where it names none."""
    for part in (keys, *(keys.get(name) for name in _PARTS)):
        if isinstance(part, Mapping):
            is_place = isinstance(part.get("start"), int)
            for key in (*DOCUMENT_KEYS, *(_FILE_KEYS if is_place else ())):
                if name := document_name(part.get(key)):
                    return name
    return ""


def document_name(value: object) -> str:
    """Return a value as the name of a document; empty where it is none."""
    if isinstance(value, float) and value.is_integer():  # frames with missing cells have floats for all numbers
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return ""
    name = str(value).strip()
    return name if len(name) <= _LONGEST else f"{name[:40]}… {sha256(name.encode('utf-8', 'replace')).hexdigest()[:16]}"


def with_documents(sentences: Iterable[Sentence]) -> Iterator[Sentence]:
    """Yield the sentences of a file with the documents that the lines before their rows name, each until the next.

    Such lines are `# newdoc id = NAME`, `# newdoc` and `-DOCSTART-`, whose documents are called `FILE:LINE`, and
    comments such as `# document_id = NAME`. A paragraph begins with a document.
    """
    return with_paragraphs(_named_by_lines(sentences))


def _named_by_lines(sentences: Iterable[Sentence]) -> Iterator[Sentence]:
    document = ""
    for sentence in sentences:
        origin = sentence.origin
        for at, line in enumerate(origin.lines[: origin.rows[0]] if origin else ()):
            if origin and (match := _LINE.match(line)):
                unnamed = f"{Path(origin.file).name}:{origin.line + at}"
                document = document_name(match["id"] or match["key"] or "") or unnamed
        yield replace(sentence, document=document) if document else sentence


def with_paragraphs(sentences: Iterable[Sentence]) -> Iterator[Sentence]:
    """Yield sentences; a paragraph begins with each that is in another document than the one before it."""
    before = ""
    for sentence in sentences:
        yield sentence if sentence.document == before else replace(sentence, paragraph=True)
        before = sentence.document
