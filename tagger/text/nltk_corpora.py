"""Read annotated corpora by NLTK: `treebank`, `brown`, `conll2000` and `conll2002`."""

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from itertools import islice
from typing import Any

from tagger.errors import ConfigError, DataError, MissingPackageError
from tagger.text.document_names import with_paragraphs
from tagger.text.sentence import Sentence

_NAME = re.compile(r"(?P<corpus>\w+)(/(?P<part>[^\[\]]+))?(\[(?P<start>[0-9]{,15}%?):(?P<stop>[0-9]{,15}%?)\])?")
_TRACE = "-NONE-"


@dataclass(frozen=True, slots=True)
class _Corpus:
    """How NLTK loads a corpus (as in nltk/corpus/__init__.py), and the task of its spans."""

    folder: str
    reader: str
    arguments: tuple[Any, ...]
    options: Mapping[str, str]
    span_task: str = ""


_CORPORA = {
    "treebank": _Corpus(
        "treebank/combined", "BracketParseCorpusReader", (r"wsj_.*\.mrg",), {"tagset": "wsj", "encoding": "ascii"}
    ),
    "brown": _Corpus(
        "brown",
        "CategorizedTaggedCorpusReader",
        (r"c[a-z]\d\d",),
        {"cat_file": "cats.txt", "tagset": "brown", "encoding": "ascii"},
    ),
    "conll2000": _Corpus(
        "conll2000",
        "ConllChunkCorpusReader",
        (["train.txt", "test.txt"], ("NP", "VP", "PP")),
        {"tagset": "wsj", "encoding": "ascii"},
        span_task="chunk",
    ),
    "conll2002": _Corpus(
        "conll2002",
        "ConllChunkCorpusReader",
        (r".*\.(test|train).*", ("LOC", "PER", "ORG", "MISC")),
        {"encoding": "utf-8"},
        span_task="ner",
    ),
}


def read_nltk(
    name: str,
    fileids: Sequence[str] | None = None,
    *,
    tasks: Mapping[str, str] | None = None,
    tagset: str | None = None,
) -> Iterator[Sentence]:
    """Yield the sentences of one of NLTK's corpora, or of a part of it.

    `name` is `corpus` or `corpus/part`, and may end in a slice of its sentences: `conll2000/train.txt`, `brown/news` (a
    category), `conll2002/esp.*`, `treebank[:80%]`, `treebank[80%:90%]`. `fileids` names files instead of a part.

    Parts of speech are the task `xpos`, or `upos` with the tagset `universal` (the twelve tags of Petrov et al. 2012).
    conll2000 also has `chunk`, and conll2002 `ner`; the files of the two others are documents. `tasks` maps tasks to
    these and leaves out the others. Traces of the treebank (`-NONE-`) are no words and are left out. Raises ConfigError
    for an unknown name or part, MissingPackageError where the data is not installed.
    """
    match = _NAME.fullmatch(name)
    if match is None or match["corpus"] not in _CORPORA:
        raise ConfigError(
            f"'{name}' is none of NLTK's corpora {', '.join(_CORPORA)}, with /PART or a slice such as [:80%] behind it"
        )
    corpus = _CORPORA[match["corpus"]]
    if tagset not in (None, "universal") or (tagset and "tagset" not in corpus.options):
        raise ConfigError(
            f"nltk:{name}: it cannot be had in the tagset '{tagset}'; only 'universal', and not for conll2002"
        )
    sources = {task: task for task in ("upos" if tagset else "xpos", corpus.span_task) if task}
    for task, source in (tasks or {}).items():
        if source not in sources:
            raise ConfigError(f"nltk:{name}: task '{task}': it has no '{source}', only {' and '.join(sources)}")
    return _read(match, corpus, fileids, sources if tasks is None else tasks, tagset)


def _read(
    match: re.Match[str], corpus: _Corpus, fileids: Sequence[str] | None, tasks: Mapping[str, str], tagset: str | None
) -> Iterator[Sentence]:
    name = match["corpus"]
    try:
        reader = _load(corpus)
        files = _files(reader, match) if fileids is None else list(fileids)

        def rows() -> Iterator[tuple[str, Sequence[tuple[str, ...]]]]:
            for file in files:
                for number, sentence in enumerate(_sentences(reader, corpus, file, tagset), start=1):
                    yield f"{name}/{file}#{number}", sentence

        start, stop = 0, None
        if match["start"] is not None:
            total = sum(1 for _ in rows()) if "%" in match["start"] + match["stop"] else 0
            start, stop = _bound(match["start"], total) or 0, _bound(match["stop"], total)

        def sentences() -> Iterator[Sentence]:
            for id, sentence in islice(rows(), start, stop):
                words, *columns = zip(*sentence, strict=True)
                found = dict(zip(("upos" if tagset else "xpos", corpus.span_task), columns, strict=False))
                made = Sentence.from_words(words, tags={task: found[source] for task, source in tasks.items()}, id=id)
                yield made if corpus.span_task else replace(made, document=id.rpartition("#")[0])

        empty = True
        for sentence in with_paragraphs(sentences()):
            empty = False
            yield sentence
    except LookupError as error:
        raise _missing(error, name) from None
    except (ValueError, OSError, zipfile.BadZipFile) as error:
        reason = " ".join(str(error).split())
        raise DataError(
            f"nltk:{name}: the data cannot be read ({reason}); get it again: python -m nltk.downloader --force {name}"
        ) from None
    if empty:
        raise DataError(f"nltk:{match[0]}: there is no sentence in it; choose a larger part")


def _load(corpus: _Corpus) -> Any:  # noqa: ANN401 (one of NLTK's readers, which have no types)
    import nltk.corpus.reader  # late, here and below: importing NLTK takes a second or more
    from nltk.corpus.util import LazyCorpusLoader

    # Not the loaders in nltk.corpus: they remember the folder in which they first found their data.
    reader = LazyCorpusLoader(
        corpus.folder, getattr(nltk.corpus.reader, corpus.reader), *corpus.arguments, **corpus.options
    )
    reader.ensure_loaded()
    return reader


def _files(reader: Any, match: re.Match[str]) -> list[str]:  # noqa: ANN401
    part = match["part"]
    if part is None:
        return list(reader.fileids())
    files = [file for file in reader.fileids() if fnmatchcase(file, part)]
    categories = reader.categories() if hasattr(reader, "categories") else []
    if not files and part in categories:
        files = list(reader.fileids(categories=part))
    if not files:
        known = [*categories, *reader.fileids()]
        raise ConfigError(
            f"nltk:{match['corpus']} has no part '{part}'; it has {', '.join(known[:20])}"
            + (f" and {len(known) - 20} more" if len(known) > 20 else "")
        )
    return files


def _sentences(
    reader: Any,  # noqa: ANN401
    corpus: _Corpus,
    file: str,
    tagset: str | None,
) -> Iterator[list[tuple[str, ...]]]:
    from nltk.tag import map_tag

    for sentence in reader.iob_sents(file) if corpus.span_task else reader.tagged_sents(file):
        words = [token for token in sentence if token[1] != _TRACE]
        if tagset:
            source = corpus.options["tagset"]
            words = [(word, map_tag(source, tagset, tag), *rest) for word, tag, *rest in words]
        if words:
            yield words


def _bound(text: str, total: int) -> int | None:
    """Return one end of a slice as a number of sentences, of which the corpus has `total`."""
    if not text:
        return None
    return total * int(text[:-1]) // 100 if text.endswith("%") else int(text)


def _missing(error: LookupError, name: str) -> MissingPackageError:
    import nltk

    found = re.search(r"Resource\s+(?:\x1b\[\d+m)?'?([\w-]+)", str(error))
    package = found[1] if found else name
    return MissingPackageError(
        f"NLTK's data '{package}' is not here: run python -m nltk.downloader {package}, or set NLTK_DATA to the folder "
        f"that holds it; NLTK looked in {', '.join(nltk.data.path)}"
    )
