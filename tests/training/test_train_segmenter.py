"""Training a segmenter beside the tagger: what is written, when there is one, and runs that are interrupted."""

import json
import shutil

import pytest

from tagger import load
from tagger.config.load import check_config, load_config
from tagger.corpus.read import open_corpora, open_corpus
from tagger.errors import ConfigError, DataError
from tagger.files import write_file
from tagger.model.folder import CONFIG_FILE, RULES_FILE, SEGMENTER_FOLDER
from tagger.text.tokenize import tokenize
from tagger.training.options import TrainingOptions
from tagger.training.state import Checkpoints
from tagger.training.train import train

TEXT = "The dog don't see Paris. She left a cat!"


@pytest.fixture(scope="module")
def small(raw_settings):
    """Settings for runs whose models need not be good."""
    return {
        **raw_settings,
        "training": {**raw_settings["training"], "epochs": 1},
        "segmenter": {**raw_settings["segmenter"], "epochs": 2, "copies": 1},
    }


def run(treebank, output, settings, **options):
    with open_corpora([treebank]) as corpora:
        return train(check_config(settings, "settings"), corpora, output, TrainingOptions(**options))


def contents(folder):
    """The bytes of each file of a folder that tags, by its path in the folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".onnx", ".txt", ".json", ".toml")
        and path.name not in ("metrics.json", "manifest.json", "state.json")
    }


def assert_alike(one, other):
    assert contents(one) == contents(other)
    assert [each.tags for each in load(one)(TEXT)] == [each.tags for each in load(other)(TEXT)]


@pytest.fixture(scope="module")
def unbroken(treebank, small, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unbroken") / "model"
    run(treebank, folder, small)
    return folder


def test_the_model_folder_holds_the_segmenter(raw_model):
    assert sorted(path.name for path in (raw_model / SEGMENTER_FOLDER).iterdir()) == [
        *("characters.onnx", "config.toml", "model.onnx", "segmentation.json", "vocabulary"),
    ]
    assert sorted(path.name for path in raw_model.parent.iterdir()) == ["raw"]
    files = json.loads((raw_model / "manifest.json").read_text(encoding="utf-8"))["files"]
    assert f"{SEGMENTER_FOLDER}/model.onnx" in files


def test_metrics_have_the_figures_of_raw_text(raw_model, raw_settings):
    metrics = json.loads((raw_model / "metrics.json").read_text(encoding="utf-8"))

    for split in ("dev", "test"):
        raw = metrics[split]["raw"]
        assert raw["words"]["support"] == metrics[split]["tokens"]
        assert raw["sentences"]["support"] == 12
        assert min(raw[what]["f1"] for what in ("tokens", "sentences", "words")) > 0.95
        assert 0 < raw["tasks"]["upos"]["f1"] <= raw["words"]["f1"]
    assert metrics["segmenter"].keys() == {"seconds", "epochs", "best_epoch", "parameters"}
    assert metrics["segmenter"]["epochs"] == raw_settings["segmenter"]["epochs"]


def test_the_card_leads_with_raw_text(raw_model):
    card = (raw_model / "README.md").read_text(encoding="utf-8")

    assert 0 < card.index("## Scores from raw text") < card.index("## Scores on given words")
    assert "| dev |" in card
    assert "own segmenter" in card


def test_a_corpus_of_columns_trains_none(tiny_model):
    assert not (tiny_model / SEGMENTER_FOLDER).exists()
    metrics = json.loads((tiny_model / "metrics.json").read_text(encoding="utf-8"))
    assert "segmenter" not in metrics
    assert "raw" not in metrics["dev"]
    card = (tiny_model / "README.md").read_text(encoding="utf-8")
    assert "Scores from raw text" not in card
    assert "NLTK's tokenizer splits raw text" in card


def test_a_segmenter_that_must_be_needs_white_space(tiny_corpus, tmp_path):
    config = check_config({"tasks": {"upos": {}}, "segmenter": {"train": "always"}}, "settings")

    with pytest.raises(DataError, match=r"no corpus knows its white space, from which a segmenter learns"):
        train(config, [open_corpus(tiny_corpus)], tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_never_trains_none_and_the_fallback_splits(treebank, small, tmp_path):
    metrics = run(treebank, tmp_path / "model", {**small, "segmenter": {"train": "never"}})

    model = load(tmp_path / "model")
    assert not model.has_segmenter
    assert not (tmp_path / "model" / SEGMENTER_FOLDER).exists()
    assert "segmenter" not in metrics
    assert 0 < metrics["dev"]["raw"]["words"]["f1"] <= 1
    assert "NLTK's tokenizer splits raw text" in (tmp_path / "model" / "README.md").read_text(encoding="utf-8")
    assert [each.words for each in model(TEXT)] == [each.words for each in tokenize(TEXT)]


def stop_after(saves, patched):
    """Interrupt a training, as Ctrl-C does, when it has saved its state so many times."""
    save = Checkpoints.save
    left = iter(range(saves - 1, -1, -1))

    def save_and_stop(checkpoints, state):
        save(checkpoints, state)
        if not next(left):
            raise KeyboardInterrupt

    patched.setattr(Checkpoints, "save", save_and_stop)


@pytest.mark.slow
@pytest.mark.parametrize("saves", [1, 3], ids=["in the segmenter's training", "in the tagger's"])
def test_an_interrupted_run_goes_on_to_the_same_model(treebank, small, unbroken, tmp_path, monkeypatch, saves):
    output = tmp_path / "model"
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        stop_after(saves, patched)
        run(treebank, output, small)
    assert not output.exists()
    assert (tmp_path / "model.segmenter").is_dir()

    with pytest.raises(DataError, match=r"--resume"):
        run(treebank, output, small)
    run(treebank, output, small, resume=True)

    assert_alike(output, unbroken)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


@pytest.mark.slow
def test_a_run_that_stops_when_the_segmenter_was_copied_goes_on(treebank, small, unbroken, tmp_path, monkeypatch):
    def stop(run, folder):
        if run.tagger.given:  # the segmenter's own training, whose network reads tags
            return {}
        raise KeyboardInterrupt

    output = tmp_path / "model"
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("tagger.training.train.raw_metrics", stop)
        run(treebank, output, small)
    assert (tmp_path / "model.training" / SEGMENTER_FOLDER).is_dir()

    metrics = run(treebank, output, small, resume=True)

    assert metrics["segmenter"]["epochs"] == 2
    assert_alike(output, unbroken)
    assert "own segmenter" in (output / "README.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_run_that_stops_before_the_trained_segmenter_has_its_rules_goes_on(
    treebank, small, unbroken, tmp_path, monkeypatch
):
    def stop(target, content):
        if target == tmp_path / "model.segmenter" / "model" / RULES_FILE:
            raise KeyboardInterrupt
        write_file(target, content)

    output = tmp_path / "model"
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("tagger.training.train_segmenter.write_file", stop)
        run(treebank, output, small)

    run(treebank, output, small, resume=True)

    assert_alike(output, unbroken)


@pytest.mark.slow
def test_a_run_to_resume_must_have_the_same_segmenter(treebank, small, tmp_path, monkeypatch):
    output = tmp_path / "model"
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        stop_after(1, patched)
        run(treebank, output, small)
    other = {**small, "segmenter": {**small["segmenter"], "units": 6}}

    with pytest.raises(ConfigError, match=r"model\.segmenter: this segmenter was trained with other settings"):
        run(treebank, output, other, resume=True)


def test_a_finished_model_keeps_its_segmenter_when_it_goes_on(treebank, small, unbroken, tmp_path):
    output = tmp_path / "model"
    shutil.copytree(unbroken, output)
    more = {**small, "training": {**small["training"], "epochs": 2}}

    metrics = run(treebank, output, more, resume=True)

    assert metrics["epochs"] == 2
    assert metrics["segmenter"]["epochs"] == 2
    before, after = contents(unbroken / SEGMENTER_FOLDER), contents(output / SEGMENTER_FOLDER)
    assert before == after
    assert load(output).has_segmenter


def test_something_else_at_the_segmenters_folder_is_not_removed(treebank, small, tmp_path):
    (tmp_path / "model.segmenter").mkdir()
    (tmp_path / "model.segmenter" / "thesis.tex").write_text("x", encoding="utf-8")

    with pytest.raises(DataError, match=r"model\.segmenter"):
        run(treebank, tmp_path / "model", small, overwrite=True)
    assert (tmp_path / "model.segmenter" / "thesis.tex").is_file()


@pytest.mark.slow
def test_models_of_several_seeds_share_a_segmenter(treebank, small, tmp_path):
    metrics = run(treebank, tmp_path / "model", small, seeds=2)

    assert len(metrics["seeds"]["runs"]) == 2
    assert metrics["segmenter"]["epochs"] == 2
    assert metrics["dev"]["raw"]["words"]["f1"] > 0
    assert load(tmp_path / "model").has_segmenter
    assert not (tmp_path / "model.segmenter").exists()


def test_a_kill_while_the_segmenter_is_copied_does_not_bar_the_run(treebank, small, unbroken, tmp_path):
    shutil.copytree(unbroken, tmp_path / "model.training")
    left = tmp_path / "model.training" / SEGMENTER_FOLDER / ".vocabulary.elsewhere-1-0123abcd.unfinished"
    left.mkdir()
    (left / "words.txt").write_text("half", encoding="utf-8")

    run(treebank, tmp_path / "model", small, resume=True)

    assert_alike(tmp_path / "model", unbroken)
    assert not list((tmp_path / "model").rglob("*.unfinished"))


def test_a_segmenter_alone_is_a_model_that_splits_text_and_tags_nothing(treebank, tagger, tmp_path):
    config = tmp_path / "alone.toml"
    config.write_text("[tasks.upos]\n[segmenter]\nepochs = 2\nunits = 8\nleast_windows = 0\n", encoding="utf-8")
    command = ["train", config, "--tasks", "segmentation", "--corpus", treebank, "--output", tmp_path / "alone"]

    done = tagger(*command)

    assert done.code == 0, done.err
    assert "from raw text: tokens" in done.err
    assert not (tmp_path / "alone.segmenter").exists()
    (tmp_path / "text.txt").write_text("Ada sleeps. Ada sleeps.", encoding="utf-8")
    lines = tagger("tag", tmp_path / "text.txt", "--model", tmp_path / "alone", "--format", "jsonl").out.splitlines()
    tokens = [token for line in lines for token in json.loads(line)["tokens"]]
    assert "".join(token["text"] for token in tokens) == "Adasleeps.Adasleeps."
    assert all(token.keys() == {"text", "start", "end"} for token in tokens)
    again = tagger(*command)
    assert again.code == 1 and "--overwrite" in again.err
    before = contents(tmp_path / "alone")
    (tmp_path / "alone.segmenter").mkdir()  # left by a kill after the model was in its place
    resumed = tagger(*command, "--resume")
    assert resumed.code == 0 and "finished already" in resumed.err
    assert contents(tmp_path / "alone") == before and not (tmp_path / "alone.segmenter").exists()
    other = tagger(*command, "--resume", "--set", "segmenter.units=9")
    assert other.code == 1 and "exists already" in other.err
    rules = tmp_path / "alone" / RULES_FILE
    rules.write_text(rules.read_text(encoding="utf-8").replace("LATIN", "GREEK"), encoding="utf-8")
    damaged = tagger("tag", tmp_path / "text.txt", "--model", tmp_path / "alone")
    assert damaged.code == 1 and f"{RULES_FILE}: damaged" in damaged.err
    assert tagger(*command, "--seeds", "2").code == 1


@pytest.mark.parametrize(
    ("tokens", "spaces", "encoder"),
    [
        (["Ada", "sleeps", "."], [True, False, True], "bidirectional"),
        (["東京", "は", "日本", "語", "だ", "。"], [False] * 6, "convolution"),
    ],
    ids=["units are words", "units are letters"],
)
def test_characters_are_read_by_an_lstm_where_units_are_words(tmp_path, tagger, tokens, spaces, encoder):
    record = {"tokens": tokens, "upos": ["X"] * len(tokens), "space_after": spaces}
    (tmp_path / "train.jsonl").write_text(20 * (json.dumps(record) + "\n"), encoding="utf-8")
    assert not tagger("convert", f"train={tmp_path / 'train.jsonl'}", "--to", tmp_path / "corpus").code
    config = tmp_path / "auto.toml"
    config.write_text(
        '[tasks.upos]\n[segmenter]\ncharacters = "auto"\ncharacter_units = 5\nepochs = 1\nleast_windows = 0\n',
        encoding="utf-8",
    )

    done = tagger(
        *("train", config, "--tasks", "segmentation", "--corpus", tmp_path / "corpus", "--output", tmp_path / "model")
    )

    assert done.code == 0, done.err
    assert load_config(tmp_path / "model" / CONFIG_FILE).characters.encoder == encoder
