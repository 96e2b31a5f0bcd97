"""Write GUM, Re-DocRED and CrossNER with persons, places and organisations as Universal NER marks them.

    python scripts/entity_corpora.py gum ../shared/corpora data/gum-files
    tagger convert corpora/gum-free --source data/gum-files --to data/gum-free

SOURCE is the folder of real corpora, OUTPUT the folder that `tagger convert` reads. With `--leave-out`, sentences that
stand in the test sets (corpora that `tagger convert` made; every split but train) are left out, and those that share
eight words in a row with one of their sentences.
"""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gum_names
from name_guideline import Adjectives, Name, guided, outermost
from sentence_overlap import read_tests, without_overlap

from tagger.documents import parse_json
from tagger.errors import DataError, TaggerError
from tagger.files import new_file
from tagger.text.columns import write_columns
from tagger.text.conllu import write_conllu
from tagger.text.formats import read_sentences
from tagger.text.scheme import tags_from_spans
from tagger.text.sentence import Sentence

GUM = Path("ner/GUM-free/train.conllu")
EWT = Path("ud/UD_English-EWT/en_ewt-ud-train.conllu")
RE_DOCRED = Path("ner/Re-DocRED")
CROSSNER = Path("ner/CrossNER")
DOMAINS = ("ai", "literature", "music", "politics", "science")
PLACE = {"ner": "MISC:NER"}
"""Where CoNLL-U files hold the entities."""
COLUMNS = ("token", "ner")

OF_CROSSNER = {
    **dict.fromkeys(("person", "politician", "writer", "musicalartist", "scientist", "researcher"), "PER"),
    **dict.fromkeys(("location", "country", "astronomicalobject"), "LOC"),
    **dict.fromkeys(("organisation", "politicalparty", "band", "university", "magazine"), "ORG"),
}
"""Labels of CrossNER that are names for Universal NER, which marks `Earth` and `Mars` as LOC and `Newsweek` as ORG.

All others are O: academicjournal, album, algorithm, award, book, chemicalcompound, chemicalelement, conference,
discipline, election, enzyme, event, field, literarygenre, metrics, misc, musicalinstrument, musicgenre, poem, product,
programlang, protein, song, task, theory.
"""
WITH_PLACES = ("election", "event", "musicgenre")
"""Labels of CrossNER in whose spans places are names of their own: `Vietnam` War, `Texas` country music."""
NO_PLACES = frozenset(("Alpine", "Basque", "County", "Forum", "Latin", "South", "Southeast", "United Nations"))
"""What CrossNER has as a place somewhere, and that is none in the name of an election, event or kind of music."""


def gum(shared: Path) -> Iterator[Sentence]:
    """Yield the sentences of GUM with their names, and with all that their lines say."""
    for sentence in read_sentences(shared / GUM, "conllu", tasks=gum_names.COLUMNS):
        yield with_names(sentence, gum_names.names_in(sentence))


def re_docred(shared: Path) -> Iterator[Sentence]:
    """Yield the sentences of Re-DocRED's dev and test.

    Its mentions of type TIME, NUM and MISC are no names, and neither are adjectives of places (`Canadian`), which it
    marks as LOC.
    """
    adjectives = _adjectives(shared)
    for split in ("dev", "test"):
        path = shared / RE_DOCRED / f"{split}.json"
        for number, document in enumerate(_documents(path), start=1):
            mentions = _mentions(document, f"{path}: document {number}")
            for at, words in enumerate(document["sents"], start=1):
                names = [name for name in mentions[at - 1] if name.label in ("PER", "LOC", "ORG")]
                words, names = _without_blanks(words, names)
                sentence = Sentence.from_words(words, id=f"{split}-{number}-{at}")
                yield with_names(sentence, _guided(names, words, adjectives))


def _documents(path: Path) -> list[dict[str, Any]]:
    try:
        documents = parse_json(path.read_bytes())
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}; SOURCE is the folder of real corpora") from None
    except ValueError as error:
        raise DataError(f"{path}: not JSON: {error}") from None
    if not isinstance(documents, list) or not all({"sents", "vertexSet"} <= set(each) for each in documents):
        raise DataError(f"{path}: a list of documents with `sents` and `vertexSet` is due here")
    return documents


def _mentions(document: Mapping[str, Any], place: str) -> Mapping[int, list[Name]]:
    """Return the mentions of each sentence, by the sentence's place in its document."""
    found: defaultdict[int, list[Name]] = defaultdict(list)
    for cluster in document["vertexSet"]:
        for mention in cluster:
            (first, end), at = mention["pos"], mention["sent_id"]
            if not (0 <= at < len(document["sents"]) and 0 <= first < end <= len(document["sents"][at])):
                raise DataError(
                    f"{place}: the mention {mention['name']!r} is not in sentence {at}, tokens {first}-{end}"
                )
            found[at].append(Name(mention["type"], first, end - 1))
    return found


def _without_blanks(words: Sequence[str], names: Sequence[Name]) -> tuple[list[str], list[Name]]:
    """Return a sentence's words and names without words that are only white space."""
    kept = [place for place, word in enumerate(words) if word.strip()]
    found = []
    for name in names:
        places = [at for at, place in enumerate(kept) if name.first <= place <= name.last]
        found += [Name(name.label, places[0], places[-1])] if places else []
    return [words[place] for place in kept], found


def crossner(shared: Path) -> Iterator[Sentence]:
    """Yield the sentences of CrossNER's five domains, those of its train, dev and test splits."""
    adjectives = _adjectives(shared)
    files = [shared / CROSSNER / domain / f"{split}.txt" for domain in DOMAINS for split in ("train", "dev", "test")]
    places = _known_places(_read_crossner(files))
    for sentence in _read_crossner(files):
        names = []
        for name in _spans(sentence):
            if name.label in WITH_PLACES:
                names += _places_in(name, sentence.words, places)
            elif (found := _for_universal_ner(name, sentence.words)) is not None:
                names.append(found)
        yield with_names(sentence, _guided(names, sentence.words, adjectives))


def _read_crossner(files: Iterable[Path]) -> Iterator[Sentence]:
    for path in files:
        yield from read_sentences(path, "columns", columns=COLUMNS, separator="\t")


def _spans(sentence: Sentence) -> list[Name]:
    return [Name(span.label, span.first, span.last) for span in sentence.spans("ner")]


def _for_universal_ner(name: Name, words: Sequence[str]) -> Name | None:
    """Return a span of CrossNER with its label of Universal NER, or None where that marks none.

    Associations also stand among conferences, and academies and societies in honours: fellow of the `Royal Society`.
    """
    if name.label == "conference" and "Association" in words[name.first : name.last + 1]:
        return name._replace(label="ORG")
    first = [word.lower() for word in words[name.first : name.last][:2]]
    if name.label == "award" and first in (["fellow", "of"], ["member", "of"]):
        return Name("ORG", name.first + 2, name.last)
    label = OF_CROSSNER.get(name.label)
    return None if label is None else name._replace(label=label)


def _known_places(sentences: Iterable[Sentence]) -> frozenset[tuple[str, ...]]:
    """Return the names of countries and locations in sentences."""
    return frozenset(
        tuple(sentence.words[name.first : name.last + 1])
        for sentence in sentences
        for name in _spans(sentence)
        if name.label in ("country", "location")
        and guided(name, sentence.words) == name
        and " ".join(sentence.words[name.first : name.last + 1]) not in NO_PLACES
    )


def _places_in(name: Name, words: Sequence[str], places: Collection[tuple[str, ...]]) -> Iterator[Name]:
    """Yield the places inside a span at which the name of a known place stands, the longest first."""
    for length in range(name.last - name.first, 0, -1):
        for first in range(name.first, name.last + 2 - length):
            if tuple(words[first : first + length]) in places:
                yield Name("LOC", first, first + length - 1)


def _adjectives(shared: Path) -> Adjectives:
    return Adjectives.of(sentence for path in (EWT, GUM) for sentence in read_sentences(shared / path, "conllu"))


def _guided(names: Iterable[Name], words: Sequence[str], adjectives: Adjectives) -> list[Name]:
    """Return the names that the guideline takes for names, trimmed as it says, none inside another."""
    trimmed = (guided(name, words) for name in outermost(names))
    return [name for name in trimmed if name is not None and not adjectives.are(name, words)]


def with_names(sentence: Sentence, names: Iterable[Name]) -> Sentence:
    """Return a sentence with tags for its names."""
    return sentence.with_tags("ner", tags_from_spans(names, len(sentence), "IOB2"))


def conllu_lines(sentence: Sentence) -> str:
    return write_conllu(sentence, PLACE)


def column_lines(sentence: Sentence) -> str:
    """Return a sentence in columns, with its id where it has one of its own."""
    plain = Sentence.from_words(sentence.words, id=sentence.id, tags={"ner": sentence.tags["ner"]})
    head = f"# sent_id = {sentence.id}\n" if sentence.origin is None and sentence.id else ""
    return head + write_columns(plain, COLUMNS, "\t")


@dataclass(frozen=True)
class Source:
    """How a corpus is read, and the file that it is written to."""

    read: Callable[[Path], Iterator[Sentence]]
    file: str
    lines: Callable[[Sentence], str]


SOURCES = {
    "gum": Source(gum, "train.conllu", conllu_lines),
    "re-docred": Source(re_docred, "train.tsv", column_lines),
    "crossner": Source(crossner, "train.tsv", column_lines),
}


def write(corpus: str, shared: Path, output: Path, leave_out: Sequence[Path] = ()) -> Counter[str]:
    """Write a corpus to a file of `output` and return its counts: sentences, tokens, and spans of each label.

    What is left out is said on stderr. Raises TaggerError where a source cannot be read.
    """
    source, counts, left_out = SOURCES[corpus], Counter[str](), Counter[tuple[str, str]]()
    sentences = without_overlap(source.read(shared), read_tests(leave_out), left_out)
    output.mkdir(parents=True, exist_ok=True)
    with new_file(output / source.file) as file:
        for sentence in sentences:
            file.write(source.lines(sentence).encode())
            counts.update(sentences=1, tokens=len(sentence))
            counts.update(span.label for span in sentence.spans("ner"))
    for (name, how), number in sorted(left_out.items()):
        what = {"same": "stand in", "alike": "share eight words in a row with", "": "left out in all"}[how]
        print(f"{corpus}: {number} sentences {what} {name}".rstrip(), file=sys.stderr)
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", choices=SOURCES, help="which of them")
    parser.add_argument("shared", type=Path, metavar="SOURCE", help="the folder of real corpora")
    parser.add_argument("output", type=Path, metavar="OUTPUT", help="the folder to write")
    parser.add_argument("--leave-out", nargs="+", type=Path, default=[], metavar="FOLDER", help="folders of test sets")
    arguments = parser.parse_args()
    try:
        counts = write(arguments.corpus, arguments.shared, arguments.output, arguments.leave_out)
    except TaggerError as error:
        sys.exit(f"error: {error}")
    print(", ".join(f"{number:,} {name}" for name, number in counts.items()), file=sys.stderr)


if __name__ == "__main__":
    main()
