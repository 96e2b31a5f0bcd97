import math
import tomllib
from pathlib import Path

import pytest

from tagger.config.load import apply_override, check_config, load_config, load_pretraining_config, with_tasks
from tagger.errors import ConfigError

CONFIGS = sorted((Path(__file__).resolve().parents[2] / "configs").glob("*.toml"))
LANGUAGE_MODELS = [path for path in CONFIGS if "\nunit = " in path.read_text(encoding="utf-8")]
CHARACTERS = '[text]\nunit = "character"\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_only_a_task_is_required(tmp_path: Path):
    config = load_config(written(tmp_path, "[tasks.upos]\n"))
    assert list(config.tasks) == ["upos"]
    assert (config.encoder.cell, config.encoder.bidirectional, config.training.optimizer) == ("lstm", True, "adam")


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_our_configurations_are_valid_and_read_back_equal(path: Path, tmp_path: Path):
    load = load_pretraining_config if path in LANGUAGE_MODELS else load_config
    config = load(path)
    assert load(written(tmp_path, config.to_toml())) == config


def test_of_a_language_model_only_the_unit_is_required(tmp_path: Path):
    config = load_pretraining_config(written(tmp_path, CHARACTERS))
    assert (config.encoder.layers, config.training.batch_size, config.text.held_out) == (3, 32, 0.05)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'text' is missing"),
        ("[text]\nheld_out = 0.1\n", "'text.unit' is missing"),
        (f"{CHARACTERS}held_ot = 0.1\n", "unknown key 'text.held_ot': did you mean 'text.held_out'?"),
        (f"epochs = 3\n{CHARACTERS}", "unknown key 'epochs': did you mean 'training.epochs'?"),
        (f"{CHARACTERS}[encoder]\nbidirectional = true\n", "unknown key 'encoder.bidirectional'"),
        (f"{CHARACTERS}[training]\nsteps = 0\n", "'training.steps' is 0: input should be greater than or equal to 1"),
        ("[tasks.upos]\n", "a configuration of a tagger, which tagger train reads"),
    ],
)
def test_a_wrong_configuration_of_a_language_model_is_an_error_that_names_the_key(tmp_path: Path, text, message):
    with pytest.raises(ConfigError) as error:
        load_pretraining_config(written(tmp_path, text))
    assert message in str(error.value)


def test_a_configuration_of_a_language_model_is_not_taken_for_one_of_a_tagger(tmp_path: Path):
    with pytest.raises(ConfigError, match="of a language model, which tagger pretrain reads"):
        load_config(written(tmp_path, CHARACTERS))


def test_what_was_written_is_read_back_equal(tmp_path: Path):
    text = '[tasks."a.b"]\nweight = 2\n[characters]\nwidths = [3]\n'
    options = "[encoder.options]\nuse_peepholes = true\ncell_clip = 1.5\n"
    config = load_config(written(tmp_path, text + options))
    assert load_config(written(tmp_path, config.to_toml())) == config
    assert config.encoder.options == {"use_peepholes": True, "cell_clip": 1.5}


@pytest.mark.parametrize(
    ("text", "key", "nearest"),
    [
        ("[tasks.upos]\n[training]\nepoch = 3", "training.epoch", "training.epochs"),
        ("[tasks.upos]\n[encodr]\nunits = 3", "encodr", "encoder"),
        ("[tasks.upos]\nwieght = 2", "tasks.upos.wieght", "tasks.upos.weight"),
        ("sead = 2\n[tasks.upos]", "sead", "seed"),
        ("[tasks.ner]\n[given.upos]\ndimensions = 2", "given.upos.dimensions", "given.upos.dimension"),
    ],
)
def test_an_unknown_key_is_named_with_the_nearest_known_one(tmp_path: Path, text, key, nearest):
    with pytest.raises(ConfigError) as error:
        load_config(written(tmp_path, text))
    assert str(error.value) == f"{tmp_path / 'config.toml'}: unknown key '{key}': did you mean '{nearest}'?"


@pytest.mark.parametrize(
    "override",
    [
        "training.epochs=0",
        "training.epochs=2.5",
        "training.learning_rate=0",
        "training.learning_rate=nan",
        "training.learning_rate=inf",
        "training.optimizer=adamw",
        "training.average=1.0",
        "training.beta2=0.81",
        "encoder.dropout=1.0",
        "encoder.layers=0",
        "characters.widths=[]",
        "characters.widths=[2, 21]",
        "words.unknown_rate=-0.1",
        "given.xpos.dropout=1.0",
        "given.xpos.dimension=0",
        "words=3",
        "seed=-1",
    ],
)
def test_a_value_out_of_range_is_an_error_that_names_key_and_value(tmp_path: Path, override):
    key, _, value = override.partition("=")
    with pytest.raises(ConfigError) as error:
        load_config(written(tmp_path, "[tasks.upos]\n"), [override])
    assert f"'{key}" in str(error.value)
    assert value.strip("[]").split(", ")[-1] in str(error.value)
    assert "\n" not in str(error.value)


def test_every_wrong_key_is_named_at_once(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"'seed'.*; .*'training.epochs'"):
        load_config(written(tmp_path, "seed = -1\n[tasks.upos]\n[training]\nepochs = 0"))


@pytest.mark.parametrize("text", ["", "[tasks]\n"])
def test_a_configuration_without_a_task_is_an_error(tmp_path: Path, text):
    with pytest.raises(ConfigError, match="task"):
        load_config(written(tmp_path, text))


def test_a_layer_cannot_be_learned_and_given(tmp_path: Path):
    with pytest.raises(ConfigError, match="'given': 'upos' is a task too, and cannot be learned and given"):
        load_config(written(tmp_path, "[tasks.upos]\n[tasks.ner]\n[given.upos]\n"))
    config = load_config(written(tmp_path, "[tasks.ner]\n[given.upos]\n"))
    with pytest.raises(ConfigError, match=r"--tasks: .*'upos' is a task too"):
        with_tasks(config, ["upos"])


def test_given_layers_are_written_only_where_there_are_any(tmp_path: Path):
    assert "given" not in load_config(written(tmp_path, "[tasks.ner]\n")).to_toml()
    config = load_config(written(tmp_path, "[tasks.ner]\n[given.upos]\ndropout = 0.2\n"))
    assert load_config(written(tmp_path, config.to_toml())).given["upos"].dropout == 0.2


@pytest.mark.parametrize("name", ["../up", "a/b", ".hidden", "", "a b"])
def test_a_task_name_that_cannot_be_part_of_a_file_name_is_an_error(name):
    with pytest.raises(ConfigError, match="tasks"):
        check_config({"tasks": {name: {}}}, "here")


@pytest.mark.parametrize("name", ["tokens", "space_after", "id"])
def test_a_reserved_name_cannot_be_a_task(name):
    for values in ({"tasks": {name: {}}}, {"tasks": {"upos": {}}, "given": {name: {}}}):
        with pytest.raises(ConfigError, match="is a name that records keep for themselves: choose another"):
            check_config(values, "test")


def test_a_byte_order_mark_is_ignored(tmp_path: Path):
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xef\xbb\xbf[tasks.upos]\n")
    assert list(load_config(path).tasks) == ["upos"]


def test_a_file_that_cannot_be_read_is_an_error_that_names_it(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"none\.toml: no such file"):
        load_config(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load_config(tmp_path)
    with pytest.raises(ConfigError, match=r"config.toml: not valid TOML: .*line 2"):
        load_config(written(tmp_path, "[tasks.upos]\nweight =\n"))
    (tmp_path / "latin.toml").write_bytes(b"# caf\xe9\n")
    with pytest.raises(ConfigError, match=r"latin\.toml: not UTF-8 at byte 5"):
        load_config(tmp_path / "latin.toml")


def test_a_wrong_override_is_not_blamed_on_the_file(tmp_path: Path):
    path = written(tmp_path, "[tasks.upos]\n[training]\nbatch_size = 0\n")
    with pytest.raises(ConfigError) as error:
        load_config(path, ["training.epochs=three", "epochs=3"])
    assert f"{path}: 'training.batch_size' is 0: " in str(error.value)
    assert "--set training.epochs=three: 'training.epochs' is 'three': " in str(error.value)
    assert "--set epochs=3: unknown key 'epochs': did you mean 'training.epochs'?" in str(error.value)


def test_overrides_replace_values_of_the_file_and_are_toml_or_else_strings(tmp_path: Path):
    overrides = [
        "training.epochs=3",
        "training.learning_rate = 1e-3",
        "characters.widths=[1, 5]",
        "words.lowercase=true",
        "output=models/mine",
        "tasks.upos.weight=0.5",
        "encoder.options.num_proj=4",
    ]
    config = load_config(written(tmp_path, "[tasks.upos]\n[training]\nepochs = 9\nbatch_size = 5"), overrides)
    assert (config.training.epochs, config.training.batch_size) == (3, 5)
    assert math.isclose(config.training.learning_rate, 0.001)
    assert config.characters.widths == (1, 5)
    assert config.words.lowercase is True
    assert config.output == "models/mine"
    assert config.tasks["upos"].weight == 0.5
    assert config.encoder.options == {"num_proj": 4}


@pytest.mark.parametrize("override", ["training.epochs", "=3", "training.=3", ".epochs=3", "output.name=3"])
def test_a_wrong_override_is_an_error_that_repeats_it(override):
    with pytest.raises(ConfigError, match="--set") as error:
        apply_override({"output": "m"}, override)
    assert override in str(error.value)


CORPORA = '[tasks.ner]\n[[corpora]]\npath = "a"\n[[corpora]]\npath = "b"\nweight = 0.5\ntasks = ["ner"]\n'


def test_several_corpora_are_read_and_written_and_a_key_of_one_of_them_can_be_set(tmp_path: Path):
    overrides = ["corpora.1.weight=2", "corpora.0.tags.ner.MISC=O"]
    config = load_config(written(tmp_path, CORPORA), overrides)
    assert config.corpus_paths == ["a", "b"]
    assert [(corpus.weight, corpus.tasks, corpus.tags) for corpus in config.corpora] == [
        (1.0, {}, {"ner": {"MISC": "O"}}),
        (2.0, {"ner": "ner"}, {}),
    ]
    assert load_config(written(tmp_path, config.to_toml())) == config


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (CORPORA + "wieght = 1", "unknown key 'corpora.1.wieght': did you mean 'corpora.1.weight'?"),
        (CORPORA + "max_tokens = -1", "'corpora.1.max_tokens' is -1"),
        (CORPORA + '[corpus]\npath = "c"', "[corpus] and [[corpora]] cannot both be given: leave one of them out"),
        (CORPORA + '[[corpora]]\npath = "a"', "[[corpora]] has a twice: give it once, with a greater weight"),
        (CORPORA + "[[corpora]]\nweight = 2", "'corpora.2.path' is missing"),
    ],
)
def test_an_error_in_one_of_several_corpora_is_named(tmp_path: Path, text, message):
    with pytest.raises(ConfigError) as error:
        load_config(written(tmp_path, text))
    assert str(error.value).startswith(f"{tmp_path / 'config.toml'}: {message}")


@pytest.mark.parametrize("override", ["corpora.2.weight=1", "corpora.one.weight=1", "corpora.1=x"])
def test_an_override_of_a_corpus_that_does_not_exist_is_an_error(tmp_path: Path, override):
    with pytest.raises(ConfigError, match=f"--set {override}: "):
        load_config(written(tmp_path, CORPORA), [override])


def test_named_tasks_keep_their_settings_and_the_given_order(tmp_path: Path):
    config = load_config(written(tmp_path, "seed = 7\n[tasks.upos]\n[tasks.ner]\nweight = 2.0\n[tasks.chunk]"))
    chosen = with_tasks(config, ["xpos", "ner"])
    assert [(task, settings.weight) for task, settings in chosen.tasks.items()] == [("xpos", 1.0), ("ner", 2.0)]
    assert chosen.seed == 7


def test_only_frozen_vectors_are_projected(tmp_path: Path):
    overrides = ["vectors.projection=18", "vectors.mode=fine-tune"]
    with pytest.raises(ConfigError, match=r"vectors\.projection is for frozen vectors: leave it out, or set vectors"):
        load_config(written(tmp_path, "[tasks.upos]\n"), overrides)
    assert load_config(written(tmp_path, "[tasks.upos]\n"), overrides[:1]).vectors.projection == 18


def test_newer_keys_of_vectors_are_written_only_where_they_are_used(tmp_path: Path):
    text = load_config(written(tmp_path, "[tasks.upos]\n")).to_toml()
    assert not {"projection", "keys"} & tomllib.loads(text)["vectors"].keys()
    config = load_config(written(tmp_path, "[tasks.upos]\n[vectors]\nprojection = 18\nkeys = 'hashes'\n"))
    assert load_config(written(tmp_path, config.to_toml())) == config
