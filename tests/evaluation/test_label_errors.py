"""Likely errors in annotation: which words are doubted, in which order, where they stand, and who judges them."""

import json
from collections import Counter, defaultdict
from dataclasses import replace

import numpy as np
import pytest

from tagger.errors import DataError
from tagger.evaluation.annotated_places import FileReading, read_annotated
from tagger.evaluation.label_errors import confident_tags, judged, label_errors, tags_of, unjudged
from tagger.text.sentence import Sentence
from tagger.training.annotation_noise import NoiseOptions, find_noise
from tagger.training.fold_judges import judged_on_folds, trainer


def test_a_tag_is_wrong_where_another_is_as_probable_as_it_usually_is():
    given = np.array([0, 0, 0, 1, 1, -1])
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.3, 0.7], [0.65, 0.35], [0.0, 1.0]])
    # Thresholds are the means (0.9 + 0.8 + 0.1) / 3 = 0.6 and (0.7 + 0.35) / 2 = 0.525.
    assert confident_tags(given, probabilities).tolist() == [0, 0, 1, 1, 0, 1]
    # A frequent tag of high probability: 0.7 of O is less than O usually has, so that the span is not doubted.
    given = np.array([0, 0, 0, 1, 1])
    probabilities = np.array([[0.99, 0.01], [0.98, 0.02], [0.97, 0.03], [0.7, 0.3], [0.1, 0.9]])
    assert confident_tags(given, probabilities).tolist() == [0, 0, -1, -1, 1]


TAGS = {"ner": ["B-LOC", "B-PER", "I-LOC", "I-PER", "O"]}


def judgement(*tags):
    """Probabilities of 0.9 of these tags, and as much as the others have left."""
    return {"ner": np.array([[0.9 if tag == each else 0.025 for each in TAGS["ner"]] for tag in tags])}


def errors_of(given, *found):
    sentences = [Sentence.from_words(list("abcdef")[: len(tags)], tags={"ner": tags}) for tags in given]
    places = [[f"{number}:{place}" for place in range(len(each))] for number, each in enumerate(sentences)]
    return label_errors(sentences, [judgement(*tags) for tags in found], TAGS, {"ner": "IOB2"}, places)


def test_errors_name_what_is_given_and_what_is_likelier():
    right = ("B-PER", "I-PER", "O", "B-LOC", "I-LOC", "O")
    given = [right, right, right, ("B-LOC", "O"), ("O", "O", "B-PER"), ("B-PER", "I-PER"), ("O", "B-LOC")]
    found = [right, right, right, ("B-PER", "O"), ("B-PER", "O", "B-PER"), ("B-PER", "O"), ("O", "O")]
    assert [str(error) for error in errors_of(given, *found)] == [
        "3:0: ner: 'a' is LOC, likelier PER (0.90 against 0.03)",
        "4:0: ner: 'a' is not marked, likelier PER (0.90 against 0.03)",
        "5:0: ner: 'a b' is PER, likelier PER over 'a' (0.90 against 0.03)",
        "6:1: ner: 'b' is LOC, likelier not marked (0.90 against 0.03)",
    ]


def test_a_word_of_a_marked_span_is_no_word_that_is_not_marked():
    right = ("B-PER", "I-PER", "O", "B-LOC", "I-LOC", "O")
    given = [right, right, right, ("B-PER", "I-PER", "I-PER"), ("B-LOC", "O", "B-LOC")]
    found = [right, right, right, ("B-PER", "O", "B-LOC"), ("B-PER", "I-PER", "I-PER")]
    assert [str(error) for error in errors_of(given, *found)] == [
        "3:0: ner: 'a b c' is PER, likelier PER over 'a' (0.90 against 0.03)",
        "4:0: ner: 'a' is LOC, likelier PER over 'a b c' (0.90 against 0.03)",
        "4:2: ner: 'c' is LOC, likelier PER over 'a b c' (0.90 against 0.03)",
    ]


def plain(*rows):
    """Errors of words with the tags X, Y and Z, each given as its tag and their probabilities."""
    sentences = [Sentence.from_words(["a"], tags={"t": [tag]}) for tag, *_ in rows]
    judgements = [{"t": np.array([row])} for _, *row in rows]
    places = [[str(number)] for number in range(len(rows))]
    found = label_errors(sentences, judgements, {"t": ["X", "Y", "Z"]}, {"t": None}, places)
    return [(error.place, error.likelier, error.likelier_probability) for error in found]


def test_what_is_likelier_is_a_tag_as_probable_as_it_usually_is():
    # Y usually has 0.4 where it is given, X 0.9: the last word has more of X, but only of Y as much as usual.
    usual = [("X", 0.99, 0.01, 0.0), ("X", 0.81, 0.19, 0.0), ("Y", 0.4, 0.4, 0.2), ("Z", 0.0, 0.1, 0.9)]
    assert plain(*usual, ("Z", 0.5, 0.45, 0.05)) == [("4", "Y", 0.45)]
    assert plain(*usual[:3], ("X", 0.0, 0.45, 0.55)) == [("3", "Y", 0.45)]  # Z is nowhere given


def test_tags_that_no_judge_knows_are_not_judged():
    class Model:
        tasks, tags = ("t",), {"t": ("X", "Y")}

        def windows(self, sentences, **options):
            for sentence in sentences:
                yield [sentence.with_predictions({}, {"t": Fixed(np.array([[0.9, 0.1]]))})]

    tags = {"t": ["X", "Y", "Z"]}
    sentences = [Sentence.from_words(["a"], tags={"t": [tag]}) for tag in "XXZZZ"]
    judgements = judged([Model()], sentences, tags)
    assert list(unjudged(sentences, judgements, tags)) == [("t", "Z", 3)]
    assert label_errors(sentences, judgements, tags, {"t": None}, [["1"]] * 5) == []


def test_the_surest_come_first_and_what_is_not_annotated_is_left_out():
    sentences = [Sentence.from_words(["a"], tags=tags) for tags in ({"t": ["X"]}, {"t": ["X"]}, {"t": [""]}, {})]
    judgements = [{"t": np.array([[p, 1 - p]])} for p in (0.3, 0.1, 0.0, 0.0)]
    found = label_errors(sentences, judgements, {"t": ["X", "Y"]}, {"t": None}, [["1"], ["2"], ["3"], ["4"]])
    assert found == []  # Y is nowhere given, so that nobody knows how probable it would be
    sentences.append(Sentence.from_words(["a"], tags={"t": ["Y"]}))
    judgements.append({"t": np.array([[0.4, 0.6]])})
    places = [[str(number)] for number in range(5)]
    found = label_errors(sentences, judgements, {"t": ["X", "Y"]}, {"t": None}, places)
    assert [(error.place, error.given, error.likelier) for error in found] == [("1", "X", "Y"), ("0", "X", "Y")]


def test_places_are_lines_of_a_file_or_names_in_a_corpus(tmp_path, tiny_corpus):
    file = tmp_path / "some.tsv"
    file.write_text("# a comment\nAda\tS-PER\nleft\tO\n\n\nNew\tB-LOC\nYork\tE-LOC\n")
    annotated = read_annotated(file, reading=FileReading(columns=("token", "ner")))
    assert annotated.places == [[f"{file}:2", f"{file}:3"], [f"{file}:6", f"{file}:7"]]
    assert [sentence.tags["ner"] for sentence in annotated.sentences] == [("B-PER", "O"), ("B-LOC", "I-LOC")]
    assert annotated.schemes == {"ner": "IOB2"}
    assert read_annotated(tiny_corpus, "dev").places[0][:2] == ["dev.tsv:1, word 1", "dev.tsv:1, word 2"]


def test_files_are_read_with_what_convert_has_and_repaired(tmp_path):
    file = tmp_path / "some.tsv"
    file.write_text("Ada\tB-PER\nLovelace\tI-LOC\n\n")
    with pytest.warns(UserWarning, match="tags of 'ner' that IOB2 forbids, repaired: 1"):
        (sentence,) = read_annotated(file, reading=FileReading(columns=("token", "ner"))).sentences
    assert sentence.tags["ner"] == ("B-PER", "B-LOC")
    file = tmp_path / "some.jsonl"
    file.write_text('{"text": "A a a", "spans": [{"text": "a", "label": "X"}]}\n{"text": "b", "spans": [5]}\n')
    with pytest.warns(UserWarning, match="refused, left out: 1"):
        (sentence,) = read_annotated(file, reading=FileReading(every_quote=True, skip_refused=True)).sentences
    assert sentence.tags["ner"] == ("O", "B-X", "B-X")


def test_a_folder_of_brat_is_read_as_a_file(tmp_path):
    (tmp_path / "a.txt").write_text("Ada left.")
    (tmp_path / "a.ann").write_text("T1\tPER 0 3\tAda\n")
    annotated = read_annotated(tmp_path)
    assert annotated.sentences[0].tags["ner"][0] == "B-PER" and annotated.schemes == {"ner": "IOB2"}


def test_planted_errors_come_first(tiny_model, tiny_files, tmp_path):
    lines = tiny_files["train"].read_text().splitlines()
    planted = {}
    others = {"B-PER": "B-LOC", "B-LOC": "O", "O": "B-PER"}
    for number in (1, 11, 27, 40, 58, 74, 90):
        while not lines[number] or number - 1 in planted:
            number += 1
        word, upos, tag = lines[number].split("\t")
        if tag in others and not lines[number + 1].endswith("I-PER") and not lines[number + 1].endswith("I-LOC"):
            planted[number] = lines[number] = f"{word}\t{upos}\t{others[tag]}"
    assert len(planted) >= 5
    file = tmp_path / "planted.tsv"
    file.write_text("\n".join(lines) + "\n")
    options = NoiseOptions((str(tiny_model),), tasks={"ner": ""}, columns=("token", "upos", "ner"))
    found = [int(error.place.rpartition(":")[2]) - 1 for error in find_noise(file, options)]
    first = found[: len(planted)]
    assert len(planted.keys() & set(first)) / len(first) >= 0.8, (planted, found)


class Frequent:
    """A model that knows which tag each word has most often."""

    tasks, tags = ("t",), {"t": ("X", "Y")}

    def __init__(self, sentences):
        self.counts = defaultdict(Counter)
        self.seen = {sentence.words for sentence in sentences}
        for sentence in sentences:
            for word, tag in zip(sentence.words, sentence.tags["t"], strict=True):
                self.counts[word][tag] += 1

    def windows(self, sentences, **options):
        for sentence in sentences:
            assert sentence.words not in self.seen  # nobody judges what it has learned
            rows = [[self.counts[word][tag] + 1e-3 for tag in "XY"] for word in sentence.words]
            yield [sentence.with_predictions({}, {"t": Fixed(np.array(rows))})]


class Fixed:
    columns = {"X": 0, "Y": 1}  # noqa: RUF012 (nobody changes it)

    def __init__(self, rows):
        self.values = rows / rows.sum(axis=1, keepdims=True)


def test_on_folds_each_sentence_is_judged_by_a_model_that_has_not_learned_it():
    sentences = [Sentence.from_words(["a", "b", f"c{n}"], tags={"t": ["X", "Y", "X"]}) for n in range(12)]
    sentences[5] = sentences[5].with_tags("t", ["X", "X", "X"])
    said = []
    tags = tags_of(sentences, ["t"])
    judgements = judged_on_folds(sentences, tags, 3, lambda others: 2 * [Frequent(others)], said.append)
    assert said[0] == "fold 1 of 3: what is learned from 8 sentences judges 4"
    places = [[f"{number}.{place}" for place in range(3)] for number in range(12)]
    (error,) = label_errors(sentences, judgements, tags, {"t": None}, places)
    assert (error.place, error.given, error.likelier) == ("5.1", "X", "Y")
    with pytest.raises(DataError, match="2 sentences are too few for 3 folds"):
        judged_on_folds(sentences[:2], tags, 3, Frequent)


def test_folds_keep_documents_whole():
    sentences = [
        replace(Sentence.from_words(["a", f"d{n % 4}.{n}"], tags={"t": ["X", "Y"]}), document=f"d{n % 4}")
        for n in range(12)
    ]
    learned = []

    def train_on(others):
        learned.append({sentence.document for sentence in others})
        return [Frequent([])]  # has seen nothing

    judged_on_folds(sentences, tags_of(sentences, ["t"]), 2, train_on)
    assert learned == [{"d1", "d3"}, {"d0", "d2"}]


def test_judges_that_are_trained_have_no_rules(tiny_config, tmp_path, monkeypatch):
    given = tmp_path / "ruled.toml"
    given.write_text(f"{tiny_config.read_text()}\n[rules]\nfile = 'none.toml'\n")
    found = []
    monkeypatch.setattr("tagger.training.fold_judges.train", lambda data, config, progress: found.append(config))
    trainer(given, ["upos"], 2)([])
    assert [(config.seed - found[0].seed, config.rules.file, list(config.tasks)) for config in found] == [
        (0, "", ["upos"]),
        (1, "", ["upos"]),
    ]


def test_the_command_lists_them(tagger, tiny_model, tiny_corpus, tmp_path):
    done = tagger("inspect", tiny_corpus, "--noise", "--model", tiny_model, "--split", "dev", "--json")
    assert done.code == 0 and json.loads(done.out) == [] and "0 annotations are likely wrong" in done.err
    file = tmp_path / "one.tsv"
    wrong = "Ada\tO\nleft\tO\n.\tO\n\n"
    file.write_text(f"{wrong.replace('O', 'B-PER', 1)}{wrong}She\tO\nleft\tO\nParis\tB-LOC\n.\tO\n\n{wrong}")
    done = tagger("inspect", file, "--noise", "--columns", "token,ner", "--model", tiny_model)
    assert f"{file}:5: ner: 'Ada' is not marked, likelier PER" in done.out
    asked = ["--columns", "token,ner", "--model", tiny_model, "--limit", 1, "--json"]
    done = tagger("inspect", file, "--noise", *asked)
    assert [each["likelier"] for each in json.loads(done.out)] == ["PER"]
    assert "2 annotations are likely wrong, of which the first 1 are listed" in done.err
    for options, message in (
        (["--split", "dev"], "--split is for corpus folders, and this is an annotated file"),
        (["--all-tags"], "--all-tags goes without --noise"),
        (["--max-tokens", 9], "--max-tokens goes without --noise"),
        (["--tasks", "xpos"], "there are no tags of 'xpos', only of ner: say where they are, as in --tasks xpos=MISC"),
    ):
        done = tagger("inspect", file, "--noise", *asked, *options)
        assert done.code == 1 and message in done.err, done.err
    for options, message in (
        (
            ["--noise", "--columns", "token,ner"],
            "places of --tasks are for annotated files, and this is a corpus folder",
        ),
        (["--limit", 3], "--limit goes with --noise"),
        (
            ["--noise", "--model", tiny_model, "--folds", 3],
            "--folds, --seeds and --config are for models that are trained",
        ),
        (["--noise", "--model", tiny_model, "--tasks", "xpos"], "there are no tags of 'xpos', only of ner, upos"),
    ):
        done = tagger("inspect", tiny_corpus, *options)
        assert done.code == 1 and message in done.err, done.err
