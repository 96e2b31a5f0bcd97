"""Cross-validation and learning curves, with a training that only notes what it is given: no network is trained."""

import json
import shutil
from dataclasses import replace
from io import StringIO
from types import SimpleNamespace

import pytest
from rich.console import Console

from tagger.config.load import check_config
from tagger.corpus.convert import convert
from tagger.corpus.document_groups import Group, document_groups
from tagger.corpus.read import read_split
from tagger.errors import ConfigError, DataError
from tagger.model.model_manifest import write_model_manifest
from tagger.text.sentence import Sentence
from tagger.training import learning_curve as curves
from tagger.training import series
from tagger.training.cross_validation import _summary as folds_summary
from tagger.training.cross_validation import cross_validate, deal, print_folds
from tagger.training.learning_curve import curve_picture, learning_curve
from tagger.training.options import TrainingOptions

CONFIG = check_config({"tasks": {"ner": {}}, "training": {"epochs": 10}}, "settings")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """24 documents of two sentences in train, two in dev, one in test."""

    def split(name, documents):
        return [
            Sentence.from_words(
                ["Ada", f"{name}{number}.{part}"], tags={"ner": ["B-PER", "O"]}, id=f"{name}{number}-{part}"
            )
            for number in range(documents)
            for part in (1, 2)
        ]

    splits = {"train": split("t", 24), "dev": split("d", 2), "test": split("x", 1)}
    return convert(splits, tmp_path_factory.mktemp("series") / "corpus", warn=lambda line: None)


@pytest.fixture
def trainings(monkeypatch):
    """The trainings that took place: configuration, options, and the words of each split's sentences."""
    done = []

    def train(config, corpora, output, options):
        words = {split: [each.words[1] for each in read_split(corpora[0], split)] for split in corpora[0].splits}
        done.append(SimpleNamespace(config=config, options=options, corpora=corpora, **words))
        if fail_after.count and len(done) == fail_after.count:
            raise KeyboardInterrupt
        score = 0.5 + 0.1 * len(done)
        scores = {"sentences": 1, "tokens": 1, "tasks": {"ner": {"f1": score, "accuracy": 1.0}}}
        return {
            "train": {"sentences": len(words["train"]), "tokens": 1},
            "epochs": config.training.epochs,
            "best_epoch": 1,
            "seconds": 1.0,
            "dev": scores,
            "test": {**scores, "sentences": len(words.get("test", ()))},
        }

    fail_after = SimpleNamespace(count=0)
    monkeypatch.setattr(series, "train", train)
    return SimpleNamespace(done=done, fail_after=fail_after)


def quiet(**options):
    return TrainingOptions(say=lambda line: None, **options)


def test_every_sentence_is_scored_once_by_a_model_that_has_not_seen_its_document(corpus, trainings, tmp_path):
    result = cross_validate(CONFIG, [corpus], tmp_path / "m", 3, quiet())
    scored = [word for each in trainings.done for word in each.test]
    pool = [each.words[1] for split in ("train", "dev") for each in read_split(corpus, split)]
    assert sorted(scored) == sorted(pool)  # the test split is left alone
    for each in trainings.done:
        parts = [{word.split(".")[0] for word in words} for words in (each.train, each.dev, each.test)]
        assert all(one.isdisjoint(other) for one, other in zip(parts, parts[1:] + parts[:1], strict=True))
        assert len(each.train) + len(each.dev) + len(each.test) == len(pool)
        assert (each.config.seed, each.config.segmenter.train) == (CONFIG.seed, "never")
    # Scores of 0.6, 0.7 and 0.8: mean 0.7, sample standard deviation 0.1.
    assert result["tasks"]["ner"] == {
        "figure": "f1",
        "mean": pytest.approx(0.7),
        "std": pytest.approx(0.1),
        "folds": 3,
    }
    assert result["grouped_by"] == ["document"]
    assert [entry["test"]["sentences"] for entry in result["runs"]] == [18, 18, 16]
    assert json.loads((tmp_path / "m.folds.json").read_text(encoding="utf-8")) == result
    assert [path.name for path in tmp_path.iterdir()] == ["m.folds.json"]


def test_of_several_corpora_those_that_are_only_scored_are_not_dealt_and_their_test_is_left_alone(
    corpus, trainings, tmp_path
):
    other = {"dev": list(read_split(corpus, "dev")), "test": list(read_split(corpus, "test"))}
    scored = convert(other, tmp_path / "scored", warn=lambda line: None)
    corpora = [{"path": str(corpus.directory)}, {"path": str(scored.directory), "weight": 0.0}]
    config = check_config({"tasks": {"ner": {}}, "corpora": corpora}, "settings")
    result = cross_validate(config, [corpus, scored], tmp_path / "m", 2, quiet())
    assert [list(each.corpora[1].splits) for each in trainings.done] == [["dev"], ["dev"]]
    assert [len(each.test) for each in trainings.done] == [26, 26] and result["grouped_by"] == ["document"]


def test_documents_are_dealt_by_size_then_by_the_seed():
    groups = [Group(str(size), (Sentence.from_words(["a"]),) * size) for size in (1, 5, 2, 2, 4)]
    # 5 | 4 | then 2 and 2 to the smaller part: 4 + 2, then 5 + 2, and 1 to the smaller of 7 and 6.
    parts = [sum(len(group.sentences) for group in part) for part in deal(groups, 2, seed=1)]
    assert parts == [7, 7]
    assert deal(groups, 2, seed=1) == deal(groups, 2, seed=1)


def test_a_stopped_cross_validation_goes_on_and_nothing_half_written_stays(corpus, trainings, tmp_path):
    trainings.fail_after.count = 2
    with pytest.raises(KeyboardInterrupt):
        cross_validate(CONFIG, [corpus], tmp_path / "m", 3, quiet())
    assert not (tmp_path / "m.folds.json").exists() and (tmp_path / "m.folds" / "1.json").is_file()
    with pytest.raises(DataError, match="go on with them with --resume"):
        cross_validate(CONFIG, [corpus], tmp_path / "m", 3, quiet())
    with pytest.raises(ConfigError, match="other settings or on another corpus"):
        cross_validate(CONFIG, [corpus], tmp_path / "m", 4, quiet(resume=True))
    trainings.fail_after.count = 0
    first = trainings.done[1]
    cross_validate(CONFIG, [corpus], tmp_path / "m", 3, quiet(resume=True))
    assert len(trainings.done) == 4 and trainings.done[2].test == first.test  # the first fold was done
    said = []
    cross_validate(CONFIG, [corpus], tmp_path / "m", 3, TrainingOptions(say=said.append, resume=True))
    assert len(trainings.done) == 4 and "nothing to resume" in said[0]
    with pytest.raises(DataError, match="exists already"):
        cross_validate(CONFIG, [corpus], tmp_path / "m", 3, quiet())
    assert [path.name for path in tmp_path.iterdir()] == ["m.folds.json"]


def test_fewer_documents_than_folds_are_dealt_by_paragraph(trainings, tmp_path):
    made = [
        replace(
            Sentence.from_words(["Ada", f"{name}{number}"], tags={"ner": ["B-PER", "O"]}, id=f"{name}-{number}"),
            paragraph=number % 2 == 0,
        )
        for name in ("news", "web")
        for number in range(12)
    ]
    few = convert({"train": made}, tmp_path / "few", warn=lambda line: None)
    said = []
    result = cross_validate(CONFIG, [few], tmp_path / "m", 3, TrainingOptions(say=said.append))
    assert result["grouped_by"] == ["paragraph"]
    assert "only 2 groups of sentences (document) for 3 folds, so each paragraph is dealt" in said[0]


def test_documents_that_a_pile_was_read_from_are_dealt(trainings, tmp_path):
    excerpts = [
        {"text": f"Ada f{number % 6}.{number}", "spans": [{"start": 0, "end": 3, "label": "PER"}],
         "meta": {"source": f"texts/f{number % 6}.txt", "start": number}}
        for number in range(24)
    ]  # fmt: skip
    for split, part in (("train", excerpts[:18]), ("dev", excerpts[18:])):
        (tmp_path / f"{split}.jsonl").write_text("".join(json.dumps(each) + "\n" for each in part))
    files = {split: str(tmp_path / f"{split}.jsonl") for split in ("train", "dev")}
    made = convert(files, tmp_path / "pile", warn=lambda line: None)
    result = cross_validate(CONFIG, [made], tmp_path / "m", 2, quiet())
    assert result["grouped_by"] == ["document"]
    for each in trainings.done:
        parts = [{word.split(".")[0] for word in words} for words in (each.train, each.dev, each.test)]
        assert list(map(len, parts)) == [2, 1, 3] and len(set.union(*parts)) == 6


def test_documents_of_conllu_are_dealt_whatever_their_paragraphs_and_ids(trainings, tmp_path):
    def sentence(number):
        lines = [f"# newdoc id = d{number // 4}"] if number % 4 == 0 else ["# newpar"] if number % 2 == 0 else []
        lines.append(f"# sent_id = {('s', 'dev-ads-0')[number % 2]}{number}")
        words = enumerate(("Ada", f"d{number // 4}.{number}"), start=1)
        lines += ["\t".join((str(place), word, *"_______", "NER=O")) for place, word in words]
        return "\n".join(lines) + "\n\n"

    file = tmp_path / "a.conllu"
    file.write_text("".join(map(sentence, range(24))))
    made = convert({"train": str(file)}, tmp_path / "c", tasks={"ner": "MISC:NER"}, warn=lambda line: None)
    groups, what = document_groups(list(read_split(made, "train")))
    assert ([group.name for group in groups], what) == ([f"d{number}" for number in range(6)], "document")
    assert cross_validate(CONFIG, [made], tmp_path / "m", 2, quiet())["grouped_by"] == ["document"]


def test_a_fold_without_spans_is_left_out_of_the_mean():
    def entry(f1, support):
        return {"fold": 1, "test": {"sentences": 3, "tasks": {"ner": {"f1": f1, "support": support}}}}

    result = folds_summary([entry(0.0, 0), entry(0.6, 2), entry(0.8, 3)], ["document"])
    assert result["tasks"]["ner"]["mean"] == pytest.approx(0.7) and result["tasks"]["ner"]["folds"] == 2
    console = Console(file=StringIO(), width=40)
    print_folds(result, console)
    lines = console.file.getvalue().splitlines()
    assert " ".join(lines[3].split()) == "ner f1 70.00 14.14 – 60.00 80.00", lines
    assert lines[-1] == "– stands for a part without spans of the task, which is left out of mean and std"


def test_shares_are_of_smaller_groups_where_one_document_is_large(trainings, tmp_path):
    def document(name, sentences):
        return [
            Sentence.from_words(["Ada", name], tags={"ner": ["B-PER", "O"]}, id=f"{name}-{number}")
            for number in range(sentences)
        ]

    made = [each for number in range(40) for each in document(f"d{number}", 2)] + document("big", 120)
    whole = convert({"train": made}, tmp_path / "whole", warn=lambda line: None)
    for seed in range(4):
        shares = curves._Shares(whole, 3, seed)
        assert shares.drawn_by == "sentence"
        assert [len(shares.splits(each)["train"]) for each in (0.125, 0.25, 0.5, 1)] == [25, 50, 100, 200]


def test_a_killed_overwriting_goes_on_and_does_not_return_the_result_before_it(corpus, trainings, tmp_path):
    before = cross_validate(CONFIG, [corpus], tmp_path / "m", 2, quiet())
    trainings.fail_after.count = len(trainings.done) + 2
    with pytest.raises(KeyboardInterrupt):
        cross_validate(CONFIG, [corpus], tmp_path / "m", 2, quiet(overwrite=True))
    after = cross_validate(CONFIG, [corpus], tmp_path / "m", 2, quiet(resume=True))
    assert after["runs"][0]["fold"] == 1 and after["tasks"]["ner"]["mean"] > before["tasks"]["ner"]["mean"]
    assert [path.name for path in tmp_path.iterdir()] == ["m.folds.json"]


def test_a_series_is_only_resumed_with_the_model_that_it_was_begun_with(corpus, trainings, tiny_model, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(tiny_model, other)
    (other / "README.md").write_text("another model", encoding="utf-8")
    write_model_manifest(other)

    def begun_with(model):
        return check_config({"tasks": {"ner": {}}, "init": {"model": str(model)}}, "settings")

    trainings.fail_after.count = 2
    with pytest.raises(KeyboardInterrupt):
        cross_validate(begun_with(tiny_model), [corpus], tmp_path / "m", 2, quiet())
    with pytest.raises(ConfigError, match="other settings or on another corpus"):
        cross_validate(begun_with(other), [corpus], tmp_path / "m", 2, quiet(resume=True))


def test_folds_have_the_schemes_of_the_corpus_whatever_tags_they_lack(trainings, tmp_path):
    def sentences(tags):
        return [Sentence.from_words(["Ada", str(number)], tags={"ner": tags(number)}) for number in range(12)]

    plain = sentences(lambda number: ["B-PER", "I-PER"])
    rare = sentences(lambda number: ["B-PER", "I-PER"] if number == 3 else ["O", "O"])
    for name, made, scheme in (("plain", plain, "plain"), ("rare", rare, None)):
        whole = convert({"train": made}, tmp_path / name, scheme=scheme, warn=lambda line: None)
        cross_validate(CONFIG, [whole], tmp_path / f"{name}-folds", 3, quiet())
        expected = whole.tasks["ner"].scheme
        assert expected == (None if scheme else "IOB2")
        assert [each.corpora[0].tasks["ner"].scheme for each in trainings.done] == [expected] * 3
        trainings.done.clear()


def test_a_folder_of_somebody_else_is_not_removed(corpus, trainings, tmp_path):
    folder = tmp_path / "m.folds"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(DataError, match="no training has made"):
        cross_validate(CONFIG, [corpus], tmp_path / "m", 3, quiet(overwrite=True))
    assert (folder / "mine.txt").exists() and not trainings.done
    with pytest.raises(DataError, match="52 sentences in train and dev are too few for 30 folds"):
        cross_validate(CONFIG, [corpus], tmp_path / "n", 30, quiet())


def test_shares_of_a_learning_curve_double_and_hold_each_other(corpus, trainings, tmp_path, monkeypatch):
    marks = iter([[(0, 2)] * 40, [(1, 2)] * 40, [(2, 2)] * 40])
    monkeypatch.setattr(curves, "load", lambda model, trust_code: None)
    monkeypatch.setattr(curves, "_counts", lambda tagger, corpora: {"ner": next(marks)})
    result = learning_curve(CONFIG, [corpus], tmp_path / "m", quiet(), doublings=2)
    shares = [each.train for each in trainings.done]
    assert [len(share) for share in shares] == [12, 24, 48]
    assert set(shares[0]) < set(shares[1]) < set(shares[2])
    assert [each.config.training.epochs for each in trainings.done] == [30, 20, 10]
    assert all(not hasattr(each, "test") and len(each.dev) == 4 for each in trainings.done)
    gain = result["last_doubling"]["ner"]
    assert (gain["before"], gain["after"], gain["gain"], gain["is_real"]) == (0.5, 1.0, 0.5, True)
    drawn = curve_picture(result, "m")
    assert result["drawn_by"] == ["document"]
    assert drawn.startswith("<svg") and drawn.count("<polyline") == 1 and ">48<" in drawn
    assert [path.name for path in tmp_path.iterdir()] == ["m.curve.json"]


def test_a_curve_needs_dev_and_enough_sentences(corpus, trainings, tmp_path):
    with pytest.raises(DataError, match="48 sentences in train are too few for shares of 1/64"):
        learning_curve(CONFIG, [corpus], tmp_path / "m", quiet(), doublings=6)
    train = list(read_split(corpus, "train"))
    alone = convert({"train": train}, tmp_path / "alone", warn=lambda line: None)
    with pytest.raises(DataError, match="there is no dev split with tags"):
        learning_curve(CONFIG, [alone], tmp_path / "m", quiet())


def test_folds_on_the_command_line(tagger, tiny_config, corpus, trainings, tmp_path):
    command = ["train", tiny_config, "--tasks", "ner", "--corpus", corpus.directory, "--output", tmp_path / "m"]
    done = tagger(*command, "--folds", "2")
    assert done.code == 0, done.err
    lines = [" ".join(line.split()) for line in done.out.splitlines()]
    assert "ner f1 65.00 7.07 60.00 70.00" in lines
    assert lines[-1] == "scored on 26, 26 sentences, dealt by document"
    assert done.err.endswith("m.folds.json\n")
    assert tagger(*command, "--folds", "2", "--seeds", "2").code == 1


def test_a_real_curve(tagger, tiny_config, tiny_corpus, tmp_path):
    small = ["--set", "training.epochs=1", "--set", "characters.encoder=none", "--tasks", "ner", "--doublings", "1"]
    command = ["curve", tiny_config, "--corpus", tiny_corpus, "--output", tmp_path / "m", *small]
    done = tagger(*command, "--json", "--picture", tmp_path / "c.svg")
    assert done.code == 0, done.err
    result = json.loads(done.out)
    points = [(each["share"], each["train"]["sentences"], each["epochs"]) for each in result["points"]]
    assert points == [(0.5, 10, 2), (1, 20, 1)]
    assert result["last_doubling"]["ner"]["after"] == result["points"][1]["dev"]["tasks"]["ner"]["f1"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c.svg", "m.curve.json"]
    again = tagger(*command, "--resume")
    assert "shares drawn by sentence" in again.out
    assert "nothing to resume" in again.err and "ner: from 10 to 20 sentences f1 changed by" in again.out
