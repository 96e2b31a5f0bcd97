"""What is fuzzed: for each kind of input, well-formed examples, and a function that reads one and checks the result.

A function may raise `TaggerError` alone. What it returns normally must be right: offsets index the text, columns are
equally long, nothing is lost, nothing half-written stays behind.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from tagger.config.load import load_config, load_pretraining_config
from tagger.corpus.convert import convert
from tagger.corpus.inspect import inspect
from tagger.corpus.read import read_split
from tagger.corpus.recipe import load_recipe
from tagger.corpus.vector_files import read_vectors
from tagger.errors import TaggerError
from tagger.model.name_lists import MOST_WORDS, make_name_list
from tagger.model.shipped_models import find_model
from tagger.runtime.tagger import load
from tagger.text.formats import read_sentences
from tagger.text.layout import Layout
from tagger.text.phrases import read_phrases
from tagger.text.reading import raw_lines
from tagger.text.render import render_sentence
from tagger.text.sentence import Sentence
from tagger.text.tokenize import tokenize_stream

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Target:
    """One kind of input; `check` takes its content and an empty folder."""

    inputs: Sequence[bytes]
    check: Callable[[bytes, Path], None]


def checked(sentences: Iterable[Sentence]) -> list[Sentence]:
    """The sentences, each of which is whole."""
    found = list(sentences)
    for sentence in found:
        count = len(sentence.words)
        columns = [sentence.starts, sentence.ends, sentence.space_after, *sentence.tags.values()]
        assert all(len(column) == count for column in columns)
        places = [place for pair in zip(sentence.starts, sentence.ends, strict=True) for place in pair]
        for word, start, end in zip(sentence.words, sentence.starts, sentence.ends, strict=True):
            assert word and sentence.start <= start <= end <= sentence.end, (word, start, end)
        if places == sorted(places):
            for word, start, end in zip(sentence.words, sentence.starts, sentence.ends, strict=True):
                assert sentence.text[start - sentence.start : end - sentence.start] == word
        for tags in sentence.tags.values():
            assert not any(set(tag) & set("\r\n") for tag in tags)
        "".join([*sentence.words, sentence.text]).encode("utf-8")  # no half of a surrogate pair
    return found


def read_annotated(content: bytes, folder: Path, *, name: str, keeps_lines: bool = False, **options: object) -> None:
    """Read an annotated file; where the format keeps its source lines, none of them may be lost."""
    path = folder / name
    path.write_bytes(content)
    sentences = checked(read_sentences(path, **options))
    if keeps_lines:
        written = "".join(line for sentence in sentences if sentence.origin for line in sentence.origin.lines)
        assert written == "".join(raw_lines(path))
    for sentence in sentences:
        json.loads(render_sentence(sentence, "jsonl", Layout(list(sentence.tags))))


def read_brat_file(content: bytes, folder: Path) -> None:
    """Read brat's annotations of a text."""
    (folder / "a.txt").write_text("Mira met Varn and Tarn.\n", encoding="utf-8")
    read_annotated(content, folder, name="a.ann")


def convert_annotated(content: bytes, folder: Path, *, name: str, **options: object) -> None:
    """Convert an annotated file: the corpus holds what the reader gave, or there is none."""
    path = folder / name
    path.write_bytes(content)
    try:
        corpus = convert({"train": path}, folder / "corpus", repair=True, warn=lambda message: None, **options)
    except TaggerError:
        assert os.listdir(folder) == [name]
        raise
    given = [sentence.words for sentence in read_sentences(path, **options) if sentence.words]
    assert [sentence.words for sentence in checked(read_split(corpus, "train"))] == given
    assert not any(warning.endswith("differs") for warning in inspect(corpus).warnings)


def read_text(content: bytes, folder: Path) -> None:
    """Split plain text: every visible character is in one word, at its offset."""
    path = folder / "text.txt"
    path.write_bytes(content)
    whole = "".join(raw_lines(path, allow_empty=True))
    sentences = checked(tokenize_stream(iter(whole.splitlines(keepends=True))))
    covered = [False] * len(whole)
    for sentence in sentences:
        assert whole[sentence.start : sentence.end] == sentence.text
        for word, start, end in zip(sentence.words, sentence.starts, sentence.ends, strict=True):
            assert whole[start:end] == word
            covered[start:end] = [True] * (end - start)
    assert all(held or character.isspace() for held, character in zip(covered, whole, strict=True))


def tag_text(content: bytes, folder: Path) -> None:
    """Tag plain text with the English model: each word gets a tag of the model."""
    text = content.decode("utf-8", "replace")
    for sentence in checked(english()(text[:2000])):
        assert all(tag in upos() for tag in sentence.tags["upos"])


@cache
def english():
    return load("english", threads=1)


@cache
def upos() -> set[str]:
    return set(find_model("english").joinpath("vocabulary", "tags.upos.txt").read_text("utf-8").splitlines())


def read_configuration(content: bytes, folder: Path) -> None:
    (folder / "config.toml").write_bytes(content)
    written = load_config(folder / "config.toml").to_toml()
    (folder / "again.toml").write_text(written, encoding="utf-8")
    assert load_config(folder / "again.toml").to_toml() == written


def read_language_model_configuration(content: bytes, folder: Path) -> None:
    (folder / "config.toml").write_bytes(content)
    written = load_pretraining_config(folder / "config.toml").to_toml()
    (folder / "again.toml").write_text(written, encoding="utf-8")
    assert load_pretraining_config(folder / "again.toml").to_toml() == written


def read_phrase_list(content: bytes, folder: Path) -> None:
    (folder / "names.txt").write_bytes(content)
    names = make_name_list(read_phrases(folder / "names.txt", MOST_WORDS))
    assert 0 < names.phrases <= len(names.hashes)


def override_configuration(content: bytes, folder: Path) -> None:
    setting = content.decode("utf-8", "replace")
    load_config(ROOT / "configs" / "sample.toml", [setting])


def read_recipe(content: bytes, folder: Path) -> None:
    (folder / "corpus.toml").write_bytes(content)
    load_recipe(folder)


def read_vector_file(content: bytes, folder: Path) -> None:
    (folder / "vectors.txt").write_bytes(content)
    lengths = {len(vector) for _, vector in read_vectors(folder / "vectors.txt")}
    assert len(lengths) == 1


@cache
def sample_corpus() -> Path:
    """A small corpus of records, made once."""
    folder = Path(tempfile.mkdtemp(prefix="tagger-fuzz-"))
    (folder / "train.tsv").write_bytes(COLUMNS[0])
    options = {"columns": ["token", "upos", "ner"], "shards": 1}
    return convert({"train": folder / "train.tsv"}, folder / "corpus", **options).directory


def read_corpus(content: bytes, folder: Path, *, file: str) -> None:
    """Read a corpus folder in which one file is damaged: an error, or whole records of which `inspect` warns."""
    corpus = folder / "corpus"
    shutil.copytree(sample_corpus(), corpus)
    (corpus / file).write_bytes(content)
    checked(read_split(corpus, "train"))
    warnings = inspect(corpus).warnings
    if file != "corpus.json" and content != (sample_corpus() / file).read_bytes():
        assert any("has changed since the corpus was made" in warning for warning in warnings)


def load_damaged_model(content: bytes, folder: Path, *, file: str) -> None:
    """Load a model folder in which one file is damaged: an error, or the tags of the whole model."""
    model = folder / "model"
    shipped = find_model("english")
    shutil.copytree(shipped, model, copy_function=os.link)
    (model / file).unlink()
    (model / file).write_bytes(content)
    words = ["Ada", "Lovelace", "left", "Paris", "."]
    found = next(iter(load(model, threads=1).tag([words]))).tags
    if content != (shipped / file).read_bytes():
        assert found == next(iter(english().tag([words]))).tags, file


def _of_model(file: str) -> Target:
    return Target([(find_model("english") / file).read_bytes()], partial(load_damaged_model, file=file))


CONLLU = [
    b"# newdoc id = d\n# sent_id = a\n# text = Mira can't sing.\n1\tMira\tMira\tPROPN\tNNP\t_\t2\tnsubj\t_\tNER=B-PER\n"
    b"2-3\tcan't\t_\t_\t_\t_\t_\t_\t_\t_\n2\tca\tcan\tAUX\tMD\t_\t4\taux\t_\tNER=O\n3\tn't\tnot\tPART\tRB\t_\t4\tadvmod\t_\tNER=O\n"
    b"3.1\tx\tx\tX\t_\t_\t_\t_\t_\t_\n4\tsing\tsing\tVERB\tVB\t_\t0\troot\t_\tNER=O|SpaceAfter=No\n5\t.\t.\tPUNCT\t.\t_\t4\tpunct\t_\tNER=O\n\n"
]
PHRASES = "# towns\nVarn\nNew Tarn\nSaint-Osk's\n#MeToo\nÅse  Osk\n".encode()
COLUMNS = [
    b"-DOCSTART-\tX\tO\n\nMira\tPROPN\tB-PER\nOsk\tPROPN\tI-PER\nsang\tVERB\tO\n.\tPUNCT\tO\n\n"
    b"# id = 2\nIn\tADP\tO\nVarn\tPROPN\tB-LOC\n\nMira\tPROPN\tB-PER\nsang\tVERB\tO\n\n",
    "Mira PROPN U-PER\nmet VERB O\nNew PROPN B-LOC\nTarn PROPN L-LOC\n\n# café\nÅse PROPN U-PER\n".encode(),
]
JSONL = [
    b'{"tokens": ["Mira", "sang"], "ner": ["B-PER", "O"], "space_after": [true, false], "id": "a"}\n',
    '{"text": "Mira Osk 🎉 moved to Varn.", "spans": [{"start": 0, "end": 8, "label": "PER"}]}\n'.encode(),
    b'{"text": "Mira sang", "start": 0, "tokens": [{"text": "Mira", "start": 0, "end": 4, "ner": "B-PER"}, '
    b'{"text": "sang", "start": 5, "end": 9, "ner": "O"}]}\n',
]
TOOLS = [
    '{"id": 1, "text": "Mira Osk 🎉 moved", "label": [[0, 8, "PER"]]}\n'.encode(),
    '{"text": "Mira Osk 🎉 moved", "entities": [{"label": "PER", "start_offset": 0, "end_offset": 8}]}\n'.encode(),
    b'{"text": "Mira sang", "_input_hash": 1, "tokens": [{"text": "Mira", "start": 0, "end": 4, "id": 0, "ws": true}, '
    b'{"text": "sang", "start": 5, "end": 9, "id": 1}], "spans": [{"start": 0, "end": 4, "label": "PER"}], '
    b'"answer": "accept"}\n{"text": "Bad", "spans": [], "answer": "reject"}\n',
    b'["Mira moved", {"entities": [[0, 4, "PER"]]}]\n{"text": "Mira", "ents": [{"start": 0, "end": 4, '
    b'"label": "PER"}], "tokens": [{"id": 0, "start": 0, "end": 4, "tag": "NNP", "pos": "PROPN"}]}\n',
    b'[\n {"id": 1, "data": {"text": "Mira moved"}, "annotations": [{"was_cancelled": false, '
    b'"result": [{"type": "labels",\n "value": {"start": 0, "end": 4, "text": "Mira", "labels": ["PER"]}}, '
    b'{"type": "relation"}]}]},\n'
    b'{"id": 1, "text": "Mira moved", "label": [{"start": 0, "end": 4, "text": "Mira", "labels": ["PER"]}]}]\n',
    b'{"id": "0", "tokens": ["Mira", "sang"], "ner_tags": [1, 0], "names": ["O", "B-PER"]}\n',
]
BRAT = [
    b"T1\tPER 0 4\tMira\nT2\tLOC 9 13;18 22\tVarn Tarn\nR1\tat Arg1:T1 Arg2:T2\n#1\tNote T1\tx\n",
]
TEXT = [
    "Dr. A. Tol moved to Varn. “Really?” she asked, e.g. in May (cf. Fig. 3)... don’t!\n\nMira’s 3.5 km; see http://a.b/c.\n".encode(),
    "他来了。他走了！\r\nС утра шёл дождь. مرحبا؟ Ça va ? e\u0301te\u0301 😀😀\n".encode(),
]
VECTORS = [
    b"3 2\nmira 0.5 -1\nsang 1e-3 2\nvarn 3 4\n",
    b"mira 0.5 -1\nsang 1e-3 2\n",
    b'{"size":2,"dimensions":2,"words":["mira","sang"],"vectors":{"mira":[0.5,-1,2,0],"sang":[1e-3,2,3,1]},"u":[0]}',
]
RECIPE = [
    b'name = "wnut17"\nsource = "https://example.org"\nlicence = "CC BY 4.0"\nformat = "columns"\n'
    b'columns = ["token", "ner"]\nseparator = "\\t"\nscheme = "IOB2"\nrepair = false\n\n[tag_map.ner]\nB-x = "B-y"\n\n'
    b'[splits.train]\nfile = "a.conll"\nkeep = "1-9 of 10"\nexpect = { sentences = 3, tokens = 6 }\n'
]
SETTINGS = [b"training.epochs=3", b'encoder.cell="lstm"', b"tasks.ner.decoder=crf", b"encoder.options.forget_bias=1.0"]

HIPE = [
    b"TOKEN\tNE\tMISC\n# document_id = d-1\nOsk\tB-pers\tNoSpaceAfter\n.\tO\tEndOfLine|EndOfSentence\nNo\tO\t_\n\n",
]
CSV = [b'Sentence #,Word,Tag\nSentence: 1,Mira,B-per\n,"""",O\n,",",O\nSentence: 2,Varn,B-geo\n']
PAIRS = [b"Mira/NNP/B-PER sang/VBD/O ././O\nRain/NN/_\n", b"Mira|NNP|B-PER sang|VBD|O\r.|.|O\r"]
CONLL_2012 = [
    b"#begin document (x); part 000\nx 0 0 Mira NNP (TOP(S* - - - A (PERSON(GPE) (1\n"
    b"x 0 1 Osk NNP *)) - - - A *) 1)\n\n"
]
GUM = [
    b"# global.Entity = GRP-etype-identity\n# text = Mira Osk\n"
    b"1\tMira\t_\tPROPN\t_\t_\t0\troot\t_\tEntity=(1-person(2-place)\n"
    b"2\tOsk\t_\t_\t_\t_\t1\tflat\t_\tEntity=1)\n\n"
]

TARGETS: dict[str, Target] = {
    "configuration": Target(
        [path.read_bytes() for path in sorted((ROOT / "configs").glob("*.toml"))], read_configuration
    ),
    "language model": Target(
        [(ROOT / "configs" / name).read_bytes() for name in ("shakespeare.toml", "pretrain-english.toml")],
        read_language_model_configuration,
    ),
    "list of names": Target([PHRASES], read_phrase_list),
    "a setting": Target(SETTINGS, override_configuration),
    "recipe": Target(RECIPE, read_recipe),
    "CoNLL-U": Target(CONLLU, partial(read_annotated, name="a.conllu", keeps_lines=True)),
    "CoNLL-U with MISC": Target(CONLLU, partial(read_annotated, name="a.conllu", tasks={"ner": "MISC:NER"})),
    "columns": Target(
        COLUMNS, partial(read_annotated, name="a.tsv", columns=["token", "upos", "ner"], keeps_lines=True)
    ),
    "columns with a header": Target(
        HIPE,
        partial(read_annotated, name="a.tsv", columns=["token", "ner"], sentence_end="MISC:EndOfSentence"),
    ),
    "CSV": Target(CSV, partial(read_annotated, name="a.csv", columns=["token=Word", "ner=Tag"])),
    "pairs": Target(PAIRS, partial(read_annotated, name="a.pairs", columns=["token", "xpos", "ner"])),
    "CoNLL-2012": Target(CONLL_2012, partial(read_annotated, name="a.gold_conll")),
    "bracketed entities": Target(GUM, partial(read_annotated, name="a.conllu", tasks={"ner": "MISC:Entity"})),
    "JSON lines": Target(JSONL, partial(read_annotated, name="a.jsonl")),
    "converted columns": Target(COLUMNS, partial(convert_annotated, name="a.tsv", columns=["token", "upos", "ner"])),
    "converted CoNLL-U": Target(CONLLU, partial(convert_annotated, name="a.conllu")),
    "converted JSON lines": Target(JSONL, partial(convert_annotated, name="a.jsonl")),
    "annotation tools": Target(TOOLS, partial(read_annotated, name="a.jsonl")),
    "annotation tools in UTF-16": Target(TOOLS, partial(read_annotated, name="a.json", offsets="utf-16", repair=True)),
    "brat": Target(BRAT, read_brat_file),
    "text": Target(TEXT, read_text),
    "tagged text": Target(TEXT, tag_text),
    "vectors": Target(VECTORS, read_vector_file),
}


def targets() -> dict[str, Target]:
    """All targets, those too whose inputs are files that must be made first."""
    corpus = sample_corpus()
    files = sorted(path.name for path in corpus.iterdir())
    of_corpus = {
        f"corpus: {file}": Target([(corpus / file).read_bytes()], partial(read_corpus, file=file)) for file in files
    }
    shipped = find_model("english")
    of_model = sorted(path.relative_to(shipped).as_posix() for path in shipped.rglob("*") if path.is_file())
    return TARGETS | of_corpus | {f"model: {file}": _of_model(file) for file in of_model}
