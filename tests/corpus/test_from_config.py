"""Several corpora in one training run: their configuration, and the model trained on them."""

import json
from pathlib import Path

import pytest

from tagger.backend import tf
from tagger.config.load import check_config, load_config, with_tasks
from tagger.config.schema import Config
from tagger.corpus.convert import convert
from tagger.corpus.from_config import mixed_corpora, with_schemes
from tagger.corpus.manifest import Manifest, Provenance
from tagger.corpus.read import open_corpora, open_corpus
from tagger.errors import ConfigError, DataError
from tagger.evaluation.split import score_split
from tagger.model.folder import open_model
from tagger.runtime.tagger import load
from tagger.text.sentence import Sentence
from tagger.training.options import TrainingOptions
from tagger.training.train import train

COLUMNS = ["token", "upos", "ner"]


def config_of(path: Path, corpora: list[dict], **changed) -> Config:
    return check_config({**load_config(path).model_dump(), "corpora": corpora, **changed}, "here")


@pytest.fixture(scope="module")
def corpora(tiny_files, tmp_path_factory) -> dict[str, Manifest]:
    """`pos` has parts of speech; `names` has entities by another name and no test split; `bare` has both."""
    folder = tmp_path_factory.mktemp("corpora")
    pos = Provenance("Parts", "https://a", "CC0-1.0", "Short.")
    return {
        "pos": convert(tiny_files, folder / "pos", columns=["token", "upos", "_"], provenance=pos),
        "names": convert(
            {split: tiny_files[split] for split in ("train", "dev")},
            folder / "names",
            columns=["token", "_", "entities"],
            provenance=Provenance("Names", licence="CC-BY-4.0"),
        ),
        "bare": convert({"train": tiny_files["test"]}, folder / "bare", columns=COLUMNS),
    }


def path_of(manifest: Manifest) -> str:
    return str(manifest.directory)


@pytest.fixture(scope="module")
def mixed_config(corpora, tiny_config) -> Config:
    """All of `pos` and `names`, and the people of `bare`."""
    return config_of(
        tiny_config,
        [
            {"path": path_of(corpora["pos"])},
            {"path": path_of(corpora["names"]), "weight": 1.5, "tasks": {"ner": "entities"}},
            {"path": path_of(corpora["bare"]), "weight": 0.5, "tasks": ["ner"], "tags": {"ner": {"LOC": "O"}}},
        ],
    )


@pytest.fixture(scope="module")
def mixed_model(mixed_config, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("mixed") / "model"
    with open_corpora(mixed_config.corpus_paths) as opened:
        train(mixed_config, opened, folder)
    return folder


def test_corpora_that_annotate_one_task_each_train_a_model_of_both(mixed_model):
    model = load(mixed_model)
    assert model.tasks == ("upos", "ner")
    assert {task: len(tags) for task, tags in model.tags.items()} == {"upos": 7, "ner": 5}
    metrics = json.loads((mixed_model / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["train"] == {"sentences": 46, "tokens": 250, "left_out": 0}
    assert metrics["dev"]["tasks"]["upos"]["accuracy"] > 0.9
    assert metrics["dev"]["tasks"]["ner"]["f1"] > 0.9
    # 20 + 20 x 1.5 + 6 x 0.5 sentences, 4 in a batch.
    assert all(note["steps"] in (13, 14) for note in metrics["history"])


@pytest.mark.slow
def test_the_command_trains_on_corpora_and_measures_8_bits_on_their_dev(mixed_config, tmp_path, tagger):
    file, model = tmp_path / "config.toml", tmp_path / "model"
    file.write_text(mixed_config.to_toml(), encoding="utf-8")
    refused = tagger("train", file, "--corpus", tmp_path, "--output", model)
    assert refused.code == 1
    assert "--corpus takes the place of [corpus], but" in refused.err and "--set corpora.0.path=DIR" in refused.err
    done = tagger("train", file, "--output", model, "--set", "training.epochs=4", "--set", "corpora.1.weight=1")
    assert done.code == 0, done.err
    doubt, figures = done.err.splitlines()[:2]
    assert doubt.startswith("warning: only 46 sentences in train")
    assert figures.startswith("46 sentences, 43 drawn an epoch, 250 tokens, ")
    small = tagger("export", model, "--int8", "--max-loss", "100")
    assert small.code == 0, small.err
    dev = json.loads((model / "metrics.json").read_text(encoding="utf-8"))["dev"]["tasks"]
    assert f"dev ner: f1 {100 * dev['ner']['f1']:.2f}, in 8 bits" in small.err
    assert f"dev upos: accuracy {100 * dev['upos']['accuracy']:.2f}, in 8 bits" in small.err


def test_metrics_tell_each_corpus_apart(mixed_model, corpora):
    metrics = json.loads((mixed_model / "metrics.json").read_text(encoding="utf-8"))
    pos, names, bare = metrics["corpora"]
    assert [each["name"] for each in (pos, names, bare)] == ["Parts", "Names", "bare"]
    assert [each["train"]["weight"] for each in (pos, names, bare)] == [1.0, 1.5, 0.5]
    assert list(pos["dev"]["tasks"]) == ["upos"] and list(names["dev"]["tasks"]) == ["ner"]
    assert "dev" not in bare and "test" not in names
    assert metrics["test"] == pos["test"]
    assert metrics["dev"]["sentences"] == 12
    assert metrics["dev"]["tasks"] == pos["dev"]["tasks"] | names["dev"]["tasks"]
    assert json.loads(json.dumps(score_split(load(mixed_model), corpora["pos"], "test").as_dict())) == pos["test"]


def test_the_card_names_all_corpora_with_their_licences_and_scores(mixed_model):
    card = (mixed_model / "README.md").read_text(encoding="utf-8")
    assert "| Parts | upos | 20 | 1 | https://a | CC0-1.0 |" in card
    assert "| Names | ner of entities | 20 | 1.5 | not given | CC-BY-4.0 |" in card
    assert "| bare | ner (LOC as O) | 6 | 0.5 | not given | not given |" in card
    assert "| all | dev | upos | accuracy |" in card and "| Names | dev | ner | f1 |" in card
    assert "Parts: Short." in card
    assert "tagger train config.toml --output MODEL" in card


@pytest.mark.slow
def test_a_run_resumes_on_corpora_that_have_moved(mixed_config, corpora, tmp_path):
    stopped = mixed_config.model_copy(
        update={"training": mixed_config.training.model_copy(update={"epochs": 1, "decay": "none"})}
    )
    whole = mixed_config.model_copy(
        update={"training": mixed_config.training.model_copy(update={"epochs": 2, "decay": "none"})}
    )
    (tmp_path / "pos").symlink_to(corpora["pos"].directory)
    moved = [corpus.model_copy() for corpus in whole.corpora]
    moved[0] = moved[0].model_copy(update={"path": str(tmp_path / "pos")})
    for config, name, resume in (
        (stopped, "part", False),
        (whole.model_copy(update={"corpora": tuple(moved)}), "part", True),
        (whole, "whole", False),
    ):
        with open_corpora(config.corpus_paths) as opened:
            train(config, opened, tmp_path / name, TrainingOptions(resume=resume))
    readers = [tf.train.load_checkpoint(str(tmp_path / name / "checkpoint" / "last-2-0")) for name in ("part", "whole")]
    for variable in readers[0].get_variable_to_shape_map():
        if variable != "_CHECKPOINTABLE_OBJECT_GRAPH":
            assert (readers[0].get_tensor(variable) == readers[1].get_tensor(variable)).all(), variable
    heavier = whole.model_copy(update={"corpora": (whole.corpora[0].model_copy(update={"weight": 2.0}), *moved[1:])})
    with (
        pytest.raises(ConfigError, match=r"the run to resume has corpora\.0\.weight = 1\.0, not 2\.0"),
        open_corpora(heavier.corpus_paths) as opened,
    ):
        train(heavier, opened, tmp_path / "part", TrainingOptions(resume=True))


@pytest.mark.slow
def test_a_list_of_one_corpus_trains_the_same_model_as_the_corpus_alone(tiny_corpus, tiny_config, tmp_path):
    settings = ["training.epochs=3", "training.batch_tokens=24"]
    alone = load_config(tiny_config, settings)
    of_several = check_config({**alone.model_dump(), "corpora": [{"path": str(tiny_corpus)}]}, "here")
    one = train(alone, [open_corpus(tiny_corpus)], tmp_path / "one")
    other = train(of_several, [open_corpus(tiny_corpus)], tmp_path / "other")
    varying = ("seconds", "peak_memory_bytes", "history", "corpora")
    assert {key: of for key, of in one.items() if key not in varying} == {
        key: of for key, of in other.items() if key not in varying
    }
    for note, same in zip(one["history"], other["history"], strict=True):
        assert (note["steps"], note["loss"], note["dev"], note["padding"]) == (
            same["steps"],
            same["loss"],
            same["dev"],
            same["padding"],
        )
    assert [other["corpora"][0][split] for split in ("dev", "test")] == [other["dev"], other["test"]]
    readers = [tf.train.load_checkpoint(str(tmp_path / name / "checkpoint" / "weights")) for name in ("one", "other")]
    for variable in readers[0].get_variable_to_shape_map():
        if variable != "_CHECKPOINTABLE_OBJECT_GRAPH":
            assert (readers[0].get_tensor(variable) == readers[1].get_tensor(variable)).all(), variable


@pytest.mark.slow
def test_a_dev_split_can_be_left_out_and_a_corpus_only_scored(corpora, tiny_config, tiny_corpus, tmp_path):
    config = config_of(
        tiny_config,
        [{"path": str(tiny_corpus), "weight": 0}, {"path": path_of(corpora["pos"]), "dev": False}],
        tasks={"upos": {}},
    )
    short = config.model_copy(update={"training": config.training.model_copy(update={"epochs": 1})})
    with open_corpora(config.corpus_paths) as opened:
        metrics = train(short, opened, tmp_path / "model")
    scored, learned = metrics["corpora"]
    assert metrics["train"]["sentences"] == 20 and "train" not in scored
    assert "dev" not in learned and metrics["dev"] == scored["dev"]
    assert metrics["test"]["sentences"] == scored["test"]["sentences"] + learned["test"]["sentences"] == 12


@pytest.mark.slow
def test_several_seeds_report_the_spread_over_all_corpora_and_for_each(mixed_config, tmp_path):
    short = mixed_config.model_copy(update={"training": mixed_config.training.model_copy(update={"epochs": 2})})
    with open_corpora(short.corpus_paths) as opened:
        metrics = train(short, opened, tmp_path / "model", TrainingOptions(seeds=2))
        again = train(short, opened, tmp_path / "model", TrainingOptions(seeds=2, resume=True))
    assert again == json.loads(json.dumps(metrics))
    spread = metrics["seeds"]
    assert [each["name"] for each in spread["corpora"]] == ["Parts", "Names", "bare"]
    assert [list(each["dev"]) for each in spread["corpora"]] == [["upos"], ["ner"], []]
    assert spread["corpora"][0]["dev"]["upos"] == spread["dev"]["upos"]
    card = (tmp_path / "model" / "README.md").read_text(encoding="utf-8")
    score, of = metrics["dev"]["tasks"]["upos"]["accuracy"], spread["dev"]["upos"]
    assert "| corpus | split | task | figure | score | mean of 2 seeds ± std |" in card
    for corpus in ("all", "Parts"):
        mean, std = 100 * of["mean"], 100 * of["std"]
        row = f"| {corpus} | dev | upos | accuracy | {100 * score:.2f} | {mean:.2f} ± {std:.2f} |"
        assert row in card.splitlines()
    assert "| Names | ner of entities | 20 | 1.5 | not given | CC-BY-4.0 |" in card


@pytest.mark.slow
def test_a_given_layer_must_be_in_one_of_them(corpora, tiny_config, tmp_path):
    names, bare = (path_of(corpora[name]) for name in ("names", "bare"))
    several = [{"path": bare}, {"path": names, "tasks": {"ner": "entities"}}]
    learned = {"tasks": {"ner": {}}, "given": {"upos": {}}}
    assert f"{names}: [given.upos]: no 'upos' there, only entities" in error_of(
        config_of(tiny_config, several[1:], **learned)
    )
    training = load_config(tiny_config).training.model_copy(update={"epochs": 1}).model_dump()
    config = config_of(tiny_config, several, **learned, training=training)
    with open_corpora(config.corpus_paths) as opened, pytest.raises(DataError) as error:
        train(config, opened, tmp_path / "model")
    assert f"{names}: the model reads 'upos', which split 'dev' does not have" in str(error.value)
    several[1]["dev"] = False
    config = config_of(tiny_config, several, **learned, training=training)
    with open_corpora(config.corpus_paths) as opened:
        train(config, opened, tmp_path / "model")
    given = open_model(tmp_path / "model").given["upos"].entries
    assert " ".join(given) == "ADJ DET NOUN PRON PROPN PUNCT VERB"


def error_of(config: Config) -> str:
    with open_corpora(config.corpus_paths) as opened, pytest.raises((ConfigError, DataError)) as error:
        mixed_corpora(config, opened)
    return str(error.value)


def test_what_does_not_fit_is_an_error_that_names_the_corpus_and_what_it_has(corpora, tiny_config):
    pos, names, bare = (path_of(corpora[name]) for name in ("pos", "names", "bare"))
    of = lambda *several, **changed: error_of(config_of(tiny_config, list(several), **changed))  # noqa: E731
    assert f"task 'ner' is in none of the corpora ({pos})" in of({"path": pos})
    assert f"corpora.1 ({names}): none of the tasks upos, ner in it; it has entities" in of(
        {"path": bare}, {"path": names}
    )
    assert f"corpora.0 ({pos}): no layer 'xpos' for task 'upos' in it; it has upos" in of(
        {"path": pos, "tasks": {"upos": "xpos"}}
    )
    assert f"corpora.0 ({pos}): task 'chunk' is not learned: add [tasks.chunk]" in of({"path": pos, "tasks": ["chunk"]})
    assert "tags.ner: there is no 'MISC' in it; it has LOC, PER" in of({"path": bare, "tags": {"ner": {"MISC": "O"}}})
    assert "tags of 'ner' are renamed, but it is not used for that task" in of(
        {"path": bare, "tasks": ["upos"], "tags": {"ner": {"LOC": "O"}}}
    )
    assert "tags.ner: name the label alone, 'LOC' in place of 'B-LOC'" in of(
        {"path": bare, "tags": {"ner": {"PER": "B-LOC"}}}
    )
    assert "every weight is 0" in of({"path": bare, "weight": 0})
    mixture = of({"path": bare}, {"path": pos, "tasks": {"ner": "upos"}})
    assert f"task 'ner': its tags are IOB2 in {bare} and no spans in {pos}" in mixture


def test_weights_that_leave_an_epoch_without_a_sentence_are_an_error(tiny_config, tiny_corpus, tmp_path):
    config = config_of(tiny_config, [{"path": str(tiny_corpus), "weight": 0.04}])  # of 20 sentences
    with open_corpora(config.corpus_paths) as opened, pytest.raises(ConfigError, match="an epoch has no sentence"):
        train(config, opened, tmp_path / "model")


def test_a_corpus_without_train_can_only_be_scored(tiny_files, tiny_config, tiny_corpus, tmp_path):
    corpus = convert({"test": tiny_files["test"]}, tmp_path / "corpus", columns=COLUMNS)
    several = [{"path": str(tiny_corpus)}, {"path": path_of(corpus)}]
    assert "no train split in it: weight = 0 only scores it" in error_of(config_of(tiny_config, several))
    several[1]["weight"] = 0.0
    assert len(mixed_corpora(config_of(tiny_config, several), [open_corpus(tiny_corpus), corpus])) == 2


def test_a_task_has_the_scheme_of_the_corpora_that_annotate_it(mixed_config, corpora):
    config = with_schemes(mixed_config, list(corpora.values()))
    assert {task: settings.scheme for task, settings in config.tasks.items()} == {"upos": "", "ner": "IOB2"}


@pytest.mark.parametrize("cost", ["miss_cost", "confusion_cost"])
def test_a_cost_of_spans_is_refused_for_plain_tags(cost, tiny_config, tiny_corpus):
    config = load_config(tiny_config, [f"tasks.upos.{cost}=1"])
    with pytest.raises(ConfigError, match=rf"tasks\.upos\.{cost} is for spans"):
        with_schemes(config, [open_corpus(tiny_corpus)])


def test_labels_of_spans_and_plain_tags_can_be_renamed(tiny_config, tmp_path):
    tags = {"ner": ["B-GPE", "I-GPE", "B-MISC", "B-PER"], "upos": ["PROPN", "PROPN", "NUM", "PROPN"]}
    sentence = Sentence.from_words(["New", "York", "1", "Ada"], tags=tags)
    corpus = convert({"train": "x"}, tmp_path / "corpus", read=lambda _: iter([sentence]))
    names = {"ner": {"GPE": "LOC", "MISC": "O"}, "upos": {"PROPN": "NOUN"}}
    (mixed,) = mixed_corpora(config_of(tiny_config, [{"path": path_of(corpus), "tags": names}]), [corpus])
    (read,) = mixed.read("train")
    assert read.tags == {"ner": ("B-LOC", "I-LOC", "O", "B-PER"), "upos": ("NOUN", "NOUN", "NUM", "NOUN")}


def test_corpora_without_any_of_the_chosen_tasks_are_left_out(mixed_config):
    only_upos = with_tasks(mixed_config, ["upos"])
    assert [corpus.path for corpus in only_upos.corpora] == [mixed_config.corpora[0].path]
    only_ner = with_tasks(mixed_config, ["ner"])
    assert [corpus.tasks for corpus in only_ner.corpora] == [{}, {"ner": "entities"}, {"ner": "ner"}]
    named = mixed_config.model_copy(update={"corpora": mixed_config.corpora[1:]})
    with pytest.raises(ConfigError, match=r"--tasks chunk: none of \[\[corpora\]\] is there for them"):
        with_tasks(named, ["chunk"])
