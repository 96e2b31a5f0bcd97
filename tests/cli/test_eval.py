"""`tagger eval` as a user runs it."""

import json

import pytest


def test_evaluation_as_json_is_what_the_training_wrote_down(tagger, tiny_model, tiny_corpus):
    done = tagger("eval", tiny_model, tiny_corpus, "--json")
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out) == json.loads((tiny_model / "metrics.json").read_text(encoding="utf-8"))["test"]
    dev = json.loads(tagger("eval", tiny_model, tiny_corpus, "--json", "--split", "dev").out)
    assert (dev["split"], dev["sentences"], sorted(dev["tasks"])) == ("dev", 6, ["ner", "upos"])
    assert all(0 <= dev["tasks"]["ner"][figure] <= 1 for figure in ("precision", "recall", "f1"))
    assert all(0 <= dev["tasks"]["upos"][figure] <= 1 for figure in ("accuracy", "known", "unknown"))


def test_evaluation_for_a_reader_shows_every_task(tagger, tiny_model, tiny_corpus):
    done = tagger("eval", tiny_model, tiny_corpus)
    assert (done.code, done.err) == (0, "")
    assert "test: 6 sentences" in done.out
    assert "known words" in done.out and "invalid sequences" in done.out


def test_tags_that_the_model_does_not_know_count_as_wrong_and_are_named(tagger, tiny_model, tiny_files, tmp_path):
    changed = tmp_path / "test.tsv"
    changed.write_text(tiny_files["test"].read_text(encoding="utf-8").replace("\tVERB\t", "\tAUX\t"), encoding="utf-8")
    tagger("convert", f"test={changed}", "--to", tmp_path / "corpus", "--columns", "token,upos,ner")
    done = tagger("eval", tiny_model, tmp_path / "corpus", "--json")
    assert done.code == 0
    assert json.loads(done.out)["tasks"]["upos"]["unknown_tags"] == {"AUX": 6}
    assert json.loads(done.out)["tasks"]["upos"]["tags"]["AUX"]["recall"] == 0
    assert done.err == "upos: the model does not know these tags, each of which counts as wrong: AUX (6)\n"


CONLLU = """# newpar
# text = Ada sees Paris.
1	Ada	_	PROPN	_	_	_	_	_	NER=B-PER
2	sees	_	VERB	_	_	_	_	_	NER=O
3	Paris	_	PROPN	_	_	_	_	_	NER=B-LOC|SpaceAfter=No
4	.	_	PUNCT	_	_	_	_	_	NER=O

# text = She doesn't like New York.
1	She	_	PRON	_	_	_	_	_	NER=O
2-3	doesn't	_	_	_	_	_	_	_	_
2	does	_	VERB	_	_	_	_	_	NER=O
3	n't	_	ADJ	_	_	_	_	_	NER=O
4	like	_	VERB	_	_	_	_	_	NER=O
5	New	_	PROPN	_	_	_	_	_	NER=B-LOC
6	York	_	PROPN	_	_	_	_	_	NER=I-LOC|SpaceAfter=No
7	.	_	PUNCT	_	_	_	_	_	NER=O

# newpar
# text = The dog left a jar-like tree.
1	The	_	DET	_	_	_	_	_	NER=O
2	dog	_	NOUN	_	_	_	_	_	NER=O
3	left	_	VERB	_	_	_	_	_	NER=O
4	a	_	DET	_	_	_	_	_	NER=O
5	jar	_	NOUN	_	_	_	_	_	NER=O|SpaceAfter=No
6	-	_	PUNCT	_	_	_	_	_	NER=O|SpaceAfter=No
7	like	_	ADJ	_	_	_	_	_	NER=O
8	tree	_	NOUN	_	_	_	_	_	NER=O|SpaceAfter=No
9	.	_	PUNCT	_	_	_	_	_	NER=O

"""


@pytest.fixture(scope="module")
def spaced_corpus(tmp_path_factory):
    """A corpus of three sentences that knows its white space."""
    from tagger.corpus.convert import convert

    folder = tmp_path_factory.mktemp("spaced")
    (folder / "test.conllu").write_text(CONLLU, encoding="utf-8")
    tasks = {"upos": "UPOS", "ner": "MISC:NER"}
    return convert({"test": folder / "test.conllu"}, folder / "spaced", tasks=tasks).directory


def test_evaluation_from_raw_text(tagger, tiny_model, spaced_corpus):
    done = tagger("eval", tiny_model, spaced_corpus, "--raw", "--json")
    assert done.code == 0
    raw = json.loads(done.out)
    assert list(raw) == ["split", "tokens", "sentences", "words", "tasks"]
    assert raw["split"] == "test"
    # The tokenizer writes no multiword tokens, so `doesn't` is two tokens, and cuts no `jar-like`, so three are one:
    # of 19 gold tokens and 18 predicted ones 15 are the same; of 20 words and 18, 17.
    assert raw["tokens"] == pytest.approx({"precision": 15 / 18, "recall": 15 / 19, "f1": 30 / 37, "support": 19})
    assert raw["words"] == pytest.approx({"precision": 17 / 18, "recall": 17 / 20, "f1": 34 / 38, "support": 20})
    assert raw["sentences"] == {"precision": 1, "recall": 1, "f1": 1, "support": 3}
    assert list(raw["tasks"]) == ["upos", "ner"]
    upos, ner = raw["tasks"].values()
    assert upos["recall"] == pytest.approx(upos["aligned_accuracy"] * 17 / 20)
    assert ner["support"] == 3 and "aligned_accuracy" not in ner


def test_raw_scores_for_a_reader_and_in_the_report(tagger, tiny_model, spaced_corpus, tmp_path):
    reports = ("--report", tmp_path / "r.html", "--report", tmp_path / "r.json")
    done = tagger("eval", tiny_model, spaced_corpus, "--raw", *reports)
    assert done.code == 0
    lines = [" ".join(line.split()) for line in done.out.splitlines()]
    assert lines[0] == "test, from raw text: 3 sentences, 20 words"
    assert "tokens 83.33 78.95 81.08 19" in lines and "words 94.44 85.00 89.47 20" in lines
    assert "known words" not in done.out
    raw = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["raw"]
    assert raw["tokens"]["support"] == 19
    shown = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "From raw text" in shown and f"<td>{100 * raw['tasks']['upos']['aligned_accuracy']:.2f}</td>" in shown
