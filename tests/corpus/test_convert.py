import io
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tagger.corpus.convert import convert, convert_recipe
from tagger.corpus.inspect import inspect
from tagger.corpus.manifest import MANIFEST, Provenance, load_manifest
from tagger.corpus.read import read_split
from tagger.errors import ConfigError, DataError

# Two sentences with adjacent names, as each scheme writes them.
WORDS = ("Rome Paris fell", "New York sleeps")
TAGS = {
    "IOB1": ("I-LOC B-LOC O", "I-LOC I-LOC O"),
    "IOB2": ("B-LOC B-LOC O", "B-LOC I-LOC O"),
    "IOBES": ("S-LOC S-LOC O", "B-LOC E-LOC O"),
}
COLUMNS = ["token", "ner"]


def rows(words, tags):
    return "".join(f"{word}\t{tag}\n" for word, tag in zip(words.split(), tags.split(), strict=True)) + "\n"


def column_file(folder, *sentences, name="train.tsv"):
    path = folder / name
    path.write_text("".join(rows(*sentence) for sentence in sentences), encoding="utf-8")
    return path


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("scheme", TAGS)
def test_spans_of_every_scheme_are_stored_in_iob2(tmp_path, scheme):
    path = column_file(tmp_path, *zip(WORDS, TAGS[scheme], strict=True))

    corpus = convert({"train": path}, tmp_path / "corpus", columns=COLUMNS)

    assert [" ".join(sentence.tags["ner"]) for sentence in read_split(corpus, "train")] == list(TAGS["IOB2"])
    assert corpus.tasks["ner"].scheme == "IOB2"
    assert corpus.tasks["ner"].counts("train") == {"B-LOC": 3, "I-LOC": 1, "O": 2}


def test_plain_tags_have_no_scheme(tmp_path):
    path = column_file(tmp_path, ("a dog", "DET NOUN"))

    corpus = convert({"train": path}, tmp_path / "corpus", columns=["token", "upos"])

    assert corpus.tasks["upos"].scheme is None


def test_splits_without_spans_follow_the_others(tmp_path):
    train = column_file(tmp_path, ("Rome fell", "I-LOC O"))
    dev = column_file(tmp_path, ("it fell", "O O"), name="dev.tsv")

    corpus = convert({"dev": dev, "train": train}, tmp_path / "corpus", columns=COLUMNS)

    assert list(corpus.splits) == ["train", "dev"]
    assert corpus.tasks["ner"].tags == {"train": {"B-LOC": 1, "O": 1}, "dev": {"O": 2}}


def test_invalid_tags_are_listed_with_their_lines(tmp_path):
    sentences = [("New York sleeps", "B-LOC I-LOC O")] * 20 + [("it is Rome", "O O I-LOC")] * 7
    path = column_file(tmp_path, *sentences)

    with pytest.raises(DataError) as caught:
        convert({"train": path}, tmp_path / "corpus", columns=COLUMNS)

    message = str(caught.value)
    assert f"{path}:83: 'I-LOC' may not follow 'O' in IOB2" in message  # 20 sentences of 4 lines, then the third
    assert "and 2 more" in message
    assert "--repair" in message
    assert os.listdir(tmp_path) == ["train.tsv"]


def test_what_is_repaired_is_said_and_kept_in_the_manifest(tmp_path):
    path = column_file(tmp_path, *[("New York", "B-LOC I-LOC")] * 5, ("in Rome", "O I-LOC"), ("to Rome", "O I-LOC"))
    told = []

    folder = tmp_path / "corpus"
    corpus = convert({"train": path}, folder, columns=COLUMNS, repair=True, warn=told.append)

    assert list(read_split(corpus, "train"))[-1].tags["ner"] == ("O", "B-LOC")
    said = f"train: tags of 'ner' that IOB2 forbids, repaired: 2, the first at {path}:17"
    assert told == [said]
    assert said in inspect(load_manifest(folder)).warnings


@pytest.mark.parametrize(
    ("tags", "options", "stored", "remark"),
    [
        ("B-LOC L-LOC U-LOC", {}, "B-LOC I-LOC B-LOC", None),
        ("B-LOC M-LOC E-LOC", {}, "B-LOC I-LOC I-LOC", None),
        ("B-LOC E-LOC W-LOC", {}, "B-LOC I-LOC B-LOC", None),
        ("I-LOC E-LOC E-LOC", {}, "B-LOC I-LOC B-LOC", None),
        ("I-LOC E-LOC I-LOC", {}, "B-LOC I-LOC B-LOC", None),
        ("U-LOC O B-LOC", {"repair": True}, "B-LOC O B-LOC", "tags of 'ner' that BILOU forbids, repaired: 1, at"),
        (
            "I-LOC I-LOC O",
            {},
            "B-LOC I-LOC O",
            "spans of 'ner' of several tokens, in which neighbours of one type merge",
        ),
        ("LOC O O", {}, "B-LOC O O", "tags of 'ner' written like PER, read as spans: 1, at"),
        ("B_LOC I_LOC O", {}, "B-LOC I-LOC O", "tags of 'ner' written like B_PER, read as spans: 2, the first at"),
        ("B I O", {}, "B-ENTITY I-ENTITY O", "tags of 'ner' written like B, read as spans: 2"),
        ("(LOC* *) *", {}, "B-LOC I-LOC O", "tags of 'ner' written like (PER*, read as spans: 2"),
        ("(LOC(PER*) *) *", {}, "B-LOC I-LOC O", "spans of 'ner' inside others, left out: 1"),
        ("B-LOC _ O", {}, "B-LOC  O", "tokens without a tag of 'ner', not annotated: 1, at"),
        (
            "NP VP NP O",
            {},
            "NP VP NP O",
            "tags O of 'ner' among plain ones, kept as plain tags: for spans, say --scheme",
        ),
        ("NP VP NP O", {"scheme": "IO"}, "B-NP B-VP B-NP O", "tags of 'ner' written like PER, read as spans: 3"),
        ("DET B-LOC O DET", {}, "DET B-LOC O DET", "tags of 'ner' that look like spans among plain ones"),
    ],
)
def test_what_is_read_as_spans_is_stored_in_iob2_and_doubts_are_said(tmp_path, tags, options, stored, remark):
    path = column_file(tmp_path, (" ".join("abcd"[: len(tags.split())]), tags))
    told = []

    corpus = convert({"train": path}, tmp_path / "corpus", columns=COLUMNS, warn=told.append, **options)

    assert [" ".join(sentence.tags["ner"]) for sentence in read_split(corpus, "train")] == [stored]
    assert "" not in corpus.tasks["ner"].counts("train")
    assert (not told) if remark is None else any(remark in message and f"{path}:" in message for message in told)


@pytest.mark.parametrize(
    ("rows_of_tags", "message"),
    [
        ("a\tB-PER b\n", r"train\.tsv:1: .*'ner'.* holds white space"),
        ("a\tB-PER\nb\t_\n", r"train\.tsv:2: task 'ner': no word has the tag O, and 1 have none"),
        ("a\tB_S\nb\tI_S\nc\tO\n", r"train\.tsv:1: task 'ner': the tags may be spans written as B_PER or PER_B"),
    ],
)
def test_tags_that_cannot_be_stored_or_are_not_clear_are_errors(tmp_path, rows_of_tags, message):
    path = tmp_path / "train.tsv"
    path.write_text(rows_of_tags)
    with pytest.raises(DataError, match=message):
        convert({"train": path}, tmp_path / "corpus", columns=COLUMNS)


def test_plain_tags_stay_so_where_the_scheme_says_so(tmp_path):
    path = column_file(tmp_path, ("a b c", "COMMA O O"))

    corpus = convert({"train": path}, tmp_path / "corpus", columns=COLUMNS, scheme="plain", warn=pytest.fail)

    assert (corpus.tasks["ner"].scheme, corpus.tasks["ner"].counts("train")) == (None, {"COMMA": 1, "O": 2})


def test_splits_in_different_schemes_are_reported(tmp_path):
    train = column_file(tmp_path, *[("Rome fell", "B-LOC O")] * 3)
    dev = column_file(tmp_path, ("Rome fell", "I-LOC O"), name="dev.tsv")

    with pytest.raises(DataError, match="train alone looks like IOB2, dev alone looks like IOB1"):
        convert({"train": train, "dev": dev}, tmp_path / "corpus", columns=COLUMNS)


def test_given_scheme_replaces_the_detected_one(tmp_path):
    path = column_file(tmp_path, ("Rome fell", "B-LOC O"))

    with pytest.raises(DataError, match=r"train\.tsv:1: 'B-LOC' may not follow the start of the sentence in IOB1"):
        convert({"train": path}, tmp_path / "corpus", columns=COLUMNS, scheme="IOB1")


def test_scheme_without_spans_is_an_error(tmp_path):
    path = column_file(tmp_path, ("a dog", "DET NOUN"))

    with pytest.raises(DataError, match="no task has tags of spans"):
        convert({"train": path}, tmp_path / "corpus", columns=["token", "upos"], scheme="IOB2")


def test_same_input_gives_the_same_bytes(tmp_path):
    path = column_file(tmp_path, *zip(WORDS * 5, TAGS["IOB1"] * 5, strict=True))
    (tmp_path / "elsewhere").mkdir()
    copy = column_file(tmp_path / "elsewhere", *zip(WORDS * 5, TAGS["IOB1"] * 5, strict=True))

    for name, source in (("one", path), ("two", copy)):
        convert({"train": source}, tmp_path / name, columns=COLUMNS, shards=3, provenance=Provenance("x"))

    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert sorted(contents(tmp_path / "one")) == [MANIFEST, *(f"train-0000{n}-of-00003.tfrecord" for n in range(3))]


def test_manifest_on_disk_is_the_one_returned(tmp_path):
    path = column_file(tmp_path, *zip(WORDS, TAGS["IOB2"], strict=True))

    corpus = convert(
        {"train": path}, tmp_path / "corpus", columns=COLUMNS, provenance=Provenance("n", "https://x", "CC0-1.0", "é")
    )

    assert load_manifest(tmp_path / "corpus") == corpus
    assert (corpus.name, corpus.source, corpus.licence, corpus.notes) == ("n", "https://x", "CC0-1.0", "é")
    assert (corpus.splits["train"].sentences, corpus.splits["train"].tokens, corpus.splits["train"].longest) == (
        2,
        6,
        3,
    )
    assert all(path.is_file() for path in corpus.shards("train"))


def test_standard_input_can_be_a_split(tmp_path, monkeypatch):
    text = rows("in Rome", "O I-LOC") + rows("it", "O")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))

    corpus = convert({"train": "-"}, tmp_path / "corpus", columns=COLUMNS)

    assert [(s.id, s.tags["ner"]) for s in read_split(corpus, "train")] == [
        ("<stdin>:1", ("O", "B-LOC")),
        ("<stdin>:4", ("O",)),
    ]


def test_errors_in_standard_input_name_it(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"Rome\tB-LOC\nfell\n")))

    with pytest.raises(DataError, match=r"^<stdin>:2: "):
        convert({"train": "-"}, tmp_path / "corpus", columns=COLUMNS)


def test_standard_input_cannot_be_two_splits(tmp_path):
    with pytest.raises(DataError, match="cannot be both train and dev"):
        convert({"train": "-", "dev": "-"}, tmp_path / "corpus", columns=COLUMNS)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"splits": {}}, DataError, "at least one split"),
        ({"splits": {"my train": "x"}}, DataError, "'my train' cannot name a split"),
        ({"splits": {"trian": "x"}}, DataError, "no split 'trian': did you mean 'train'"),
        ({"splits": {"tran": "x"}}, DataError, "no split 'tran': did you mean 'train'"),
        ({"splits": {"dve": "x"}}, DataError, "no split 'dve': did you mean 'dev'"),
        ({"splits": ["x"]}, DataError, "was given list: give the data of each split by its name"),
        ({"splits": "folder"}, DataError, "was given str: give the data of each split by its name"),
        ({"splits": None}, DataError, "was given NoneType: give the data of each split by its name"),
        ({"scheme": "BIO"}, ConfigError, "no scheme 'BIO'; there are IOB1, IOB2, IOBES"),
        ({"shards": 0}, DataError, "0 shards"),
        ({"columns": ["token", "length"]}, ConfigError, "cannot be called 'length'"),
        ({"columns": ["token", "_"]}, DataError, "no sentence has any tags"),
        ({"columns": ["token", "_", "ner"]}, DataError, r"train\.tsv:1: 2 columns where 'ner' is column 3"),
    ],
)
def test_wrong_arguments_are_errors_that_leave_nothing(tmp_path, arguments, error, message):
    path = column_file(tmp_path, *zip(WORDS, TAGS["IOB2"], strict=True))

    with pytest.raises(error, match=message):
        convert(**{"splits": {"train": path}, "directory": tmp_path / "corpus", "columns": COLUMNS, **arguments})

    assert os.listdir(tmp_path) == ["train.tsv"]


def test_a_split_may_have_a_name_of_its_own(tmp_path):
    names = ["testa", "testb", "trainsmall", "est", "news"]
    manifest = convert({name: [(["Ada"], ["B-PER"])] for name in names}, tmp_path / "corpus")
    assert sorted(manifest.splits) == sorted(names)


def test_sentences_of_any_size(tmp_path):
    sentences = [("x", "O"), (" ".join(["word"] * 5_000), " ".join(["O"] * 5_000)), ("w" * 10_000, "B-LOC")]
    path = column_file(tmp_path, *sentences)

    corpus = convert({"train": path}, tmp_path / "corpus", columns=COLUMNS)

    assert [" ".join(sentence.words) for sentence in read_split(corpus, "train")] == [words for words, _ in sentences]
    assert corpus.splits["train"].longest == 5_000


def test_progress_is_reported(tmp_path):
    path = column_file(tmp_path, *[("x", "A")] * 1_200)
    told = []

    convert(
        {"train": path},
        tmp_path / "corpus",
        columns=["token", "t"],
        progress=lambda split, done: told.append((split, done)),
    )

    assert told == [("train", 500), ("train", 1_000), ("train", 1_200)]


RECIPE = """
name = "toy"
source = "https://example.org"
licence = "CC0-1.0"
format = "columns"
columns = ["token", "ner"]

[tag_map.ner]
B-OTH = "O"

[splits.train]
file = "all.tsv"
keep = "1-9 of 10"
expect = { sentences = 18, tokens = 18 }

[splits.dev]
file = "all.tsv"
keep = "10 of 10"
"""


def test_recipe_with_its_data_beside_it(tmp_path):
    (tmp_path / "corpus.toml").write_text(RECIPE)
    column_file(
        tmp_path, *[(f"w{number}", "B-OTH" if number % 2 else "B-LOC") for number in range(1, 21)], name="all.tsv"
    )

    corpus = convert_recipe(tmp_path, tmp_path / "out")

    assert [sentence.words for sentence in read_split(corpus, "dev")] == [("w10",), ("w20",)]
    assert corpus.tasks["ner"].counts("train") == {"B-LOC": 8, "O": 10}
    assert (corpus.name, corpus.source, corpus.licence) == ("toy", "https://example.org", "CC0-1.0")


def test_a_corpus_without_tags_says_what_was_left_out(tmp_path):
    spans = [{"start": 0, "end": 4, "label": "PER"}]
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": "Mira sang", "people": spans}) + "\n")

    with pytest.raises(DataError, match=r"no sentence has any tags; .* --tasks ner=KEY .*a\.jsonl:1 \('people'\)"):
        convert({"train": tmp_path / "a.jsonl"}, tmp_path / "out")


def test_recipe_of_spans_says_how_they_are_read(tmp_path):
    options = 'labels = ["O", "B-LOC"]\noffsets = "utf-16"\nrepair = true\ntasks = { ner = "ner" }\n'
    recipe = RECIPE.replace('"columns"\ncolumns = ["token", "ner"]', f'"jsonl"\n{options}').partition("[tag_map")[0]
    (tmp_path / "corpus.toml").write_text(recipe + '[splits.train]\nfile = "all.jsonl"\n')
    spans = [{"start": 3, "end": 11, "label": "LOC"}, {"start": 7, "end": 11, "label": "LOC"}]
    lines = [{"text": "🎉 New Varn", "spans": spans}, {"tokens": ["Varn", "!"], "ner": [1, 0]}]
    (tmp_path / "all.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    told = []

    corpus = convert_recipe(tmp_path, tmp_path / "out", warn=told.append)

    assert [sentence.tags["ner"] for sentence in read_split(corpus, "train")] == [
        ("O", "B-LOC", "I-LOC"),
        ("B-LOC", "O"),
    ]
    assert told == [f"train: spans that overlap a longer one, left out: 1, at {tmp_path}/all.jsonl:1"]
    assert [str(remark) for remark in load_manifest(tmp_path / "out").remarks["train"]] == [told[0][7:]]


def test_a_release_of_another_size_than_the_recipe_expects_causes_a_warning(tmp_path):
    (tmp_path / "corpus.toml").write_text(RECIPE)
    column_file(tmp_path, *[("w", "B-LOC")] * 10, name="all.tsv")
    told = []

    convert_recipe(tmp_path, tmp_path / "out", warn=told.append)

    assert len(told) == 1
    assert "has 9 sentences and 9 tokens where the recipe expects 18 and 18" in told[0]


def test_recipe_without_its_data_says_where_to_get_it(tmp_path):
    (tmp_path / "corpus.toml").write_text(RECIPE)

    with pytest.raises(DataError, match=r"get the data from https://example\.org and give its folder with --source"):
        convert_recipe(tmp_path, tmp_path / "out")


def run_in_a_process(code, *arguments, **options):
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], env=environment, capture_output=True, text=True, **options
    )


def test_running_out_of_space_leaves_nothing_behind(tmp_path):
    path = column_file(tmp_path, *[("x" * 50, "A")] * 2_000)
    code = """
import sys
from tagger.corpus.convert import convert
from tagger.errors import DataError
try:
    convert({"train": sys.argv[1]}, sys.argv[2], columns=["token", "t"], shards=1)
except DataError as error:
    print(error)
"""

    def limit():  # makes writing fail, as on a full disk
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    done = run_in_a_process(code, path, tmp_path / "corpus", preexec_fn=limit)

    assert "could not be written: File too large" in done.stdout, done.stderr
    assert os.listdir(tmp_path) == ["train.tsv"]


def test_killed_run_leaves_no_corpus_and_does_not_block_the_next(tmp_path):
    path = column_file(tmp_path, *[("Rome", "B-LOC")] * 1_000)
    code = """
import os, signal, sys
from tagger.corpus.convert import convert
convert({"train": sys.argv[1]}, sys.argv[2], columns=["token", "ner"],
        progress=lambda split, done: os.kill(os.getpid(), signal.SIGKILL))
"""

    killed = run_in_a_process(code, path, tmp_path / "corpus")

    assert killed.returncode == -9
    assert not (tmp_path / "corpus").exists()
    assert convert({"train": path}, tmp_path / "corpus", columns=COLUMNS).splits["train"].sentences == 1_000
    assert sorted(os.listdir(tmp_path)) == ["corpus", "train.tsv"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("recipe", "source", "sentences"),
    [  # figures from the pages of the treebanks and corpora
        ("ud-english-ewt", "ud/UD_English-EWT", (12_544, 2_001, 2_077)),
        ("ud-vietnamese-vtb", "ud/UD_Vietnamese-VTB", (1_400, 1_123, 800)),
        ("ud-uyghur-udt", "ud/UD_Uyghur-UDT", (1_656, 900, 900)),
        ("ud-korean-gsd", "ud/UD_Korean-GSD", (4_400, 950, 989)),
        ("uner-english-ewt", "ner/UNER_English-EWT", (12_543, 2_001, 2_077)),
        ("uner-english-pud", "ner/UNER_English-PUD", (1_000,)),
        ("uner-swedish-talbanken", "ner/UNER_Swedish-Talbanken", (4_303, 504, 1_219)),
        ("wnut17", "ner/wnut17", (3_394, 1_009, 1_287)),
        ("broad-twitter", "ner/broad_twitter_corpus", (6_338, 1_001, 2_001)),
        ("wikigold", "ner/wikigold", (1_363, 169, 164)),
        ("wikigold-test", "ner/wikigold", (1_696,)),
        ("europarl", "ner/europarl", (799,)),
        ("conll2000", "nltk_data", (8_042, 894, 2_012)),
    ],
)
def test_recipes_of_real_corpora(tmp_path, shared_corpora, recipe, source, sentences):
    folder = Path(__file__).resolve().parents[2] / "corpora" / recipe

    told = []

    corpus = convert_recipe(folder, tmp_path / "corpus", shared_corpora / source, warn=told.append)

    expected = {"ud-english-ewt": "empty nodes", "broad-twitter": "rows with an empty token"}.get(recipe, "nothing")
    assert [message for message in told if expected not in message] == []
    assert tuple(split.sentences for split in corpus.splits.values()) == sentences
    assert "OTH" not in "".join(tag for task in corpus.tasks.values() for tags in task.tags.values() for tag in tags)


def test_recipe_of_the_sample(tmp_path):
    corpus = convert_recipe(Path(__file__).resolve().parents[2] / "corpora" / "sample", tmp_path / "corpus")

    assert list(corpus.splits) == ["train", "dev", "test"]
    assert corpus.tasks["ner"].scheme == "IOB2"
    assert {tag.partition("-")[2] for tag in corpus.tasks["ner"].counts("train")} == {"", "PER", "LOC", "ORG", "MISC"}
    assert all("ner" in sentence.tags for sentence in read_split(corpus, "train"))
