from pathlib import Path

import pytest

from tagger.config.load import check_config
from tagger.config.schema import Config
from tagger.errors import ConfigError, DataError
from tagger.training.run_folder import finish_folder, open_working_folder


def config_of(**training) -> Config:
    return check_config({"tasks": {"upos": {}}, "training": training}, "test")


def unfinished(output: Path, config: Config | None = None, *, epochs: int = 1) -> None:
    """Leave behind what a run does that was killed after some epochs."""
    with open_working_folder(config or config_of(), output, resume=False, overwrite=False) as folder:
        if epochs:
            (folder / "checkpoint" / "state.json").write_text(f'{{"epoch": {epochs}}}', encoding="utf-8")
            (folder / "checkpoint" / "weights.index").touch()


def finished(output: Path, config: Config | None = None) -> None:
    unfinished(output, config)
    finish_folder(output.with_name(output.name + ".training"), output, {"epochs": 1}, "# card\n")


def opened(output: Path, config: Config | None = None, *, resume: bool = False, overwrite: bool = False) -> set[str]:
    """What stands in the checkpoint folder of a run that begins."""
    with open_working_folder(config or config_of(), output, resume=resume, overwrite=overwrite) as folder:
        return {path.name for path in (folder / "checkpoint").iterdir()}


SAVED = {"state.json", "weights.index"}


def test_a_finished_run_is_a_folder_of_the_name_that_was_asked_for(tmp_path: Path):
    finished(tmp_path / "deep" / "model")
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["model"]
    assert {path.name for path in (tmp_path / "deep" / "model").iterdir()} == {
        "README.md",
        "checkpoint",
        "config.toml",
        "metrics.json",
    }


def test_a_run_that_fails_before_it_saved_anything_leaves_nothing_and_after_that_all_it_had(tmp_path: Path):
    for epochs, left in ((0, []), (1, ["model.training"])):
        with (
            pytest.raises(KeyboardInterrupt),
            open_working_folder(config_of(), tmp_path / "model", resume=False, overwrite=False) as folder,
        ):
            if epochs:
                (folder / "checkpoint" / "state.json").touch()
            raise KeyboardInterrupt
        assert [path.name for path in tmp_path.iterdir()] == left


def test_an_unfinished_run_is_neither_overwritten_nor_gone_on_with_unasked(tmp_path: Path):
    unfinished(tmp_path / "model")
    with pytest.raises(DataError, match=r"model.training: an unfinished run: .*--resume.*--overwrite"):
        opened(tmp_path / "model")
    assert opened(tmp_path / "model", resume=True) == SAVED
    assert opened(tmp_path / "model", overwrite=True) == set()


def test_a_folder_in_the_way_is_an_error_unless_it_is_a_model_that_may_be_overwritten(tmp_path: Path):
    finished(tmp_path / "model")
    with pytest.raises(DataError, match="model: exists already"):
        opened(tmp_path / "model")
    assert opened(tmp_path / "model", overwrite=True) == set()
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "config.toml").write_text("title = 'not a model'\n", encoding="utf-8")
    with pytest.raises(DataError, match="site: holds other files"):
        opened(tmp_path / "site", overwrite=True)
    assert (tmp_path / "site" / "config.toml").exists()


def test_folders_beside_the_model_that_no_run_has_made_stay_as_they_are(tmp_path: Path):
    for name in ("model.training", "model.replaced"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "notes").touch()
    for how in ({"overwrite": True}, {"resume": True}):
        with pytest.raises(DataError, match=r"model\.training: holds other files"):
            opened(tmp_path / "model", **how)
    (tmp_path / "model.training" / "notes").rename(tmp_path / "notes")
    finished_over = {"resume": False, "overwrite": True}
    with open_working_folder(config_of(), tmp_path / "model", **finished_over) as folder:
        finish_folder(folder, tmp_path / "model", {}, "")
    assert (tmp_path / "model.replaced" / "notes").exists()


def test_overwriting_replaces_a_model_only_when_the_new_one_is_whole(tmp_path: Path):
    finished(tmp_path / "model")
    (tmp_path / "model" / "old").touch()
    with open_working_folder(config_of(), tmp_path / "model", resume=False, overwrite=True) as folder:
        assert (tmp_path / "model" / "old").exists()
        finish_folder(folder, tmp_path / "model", {}, "")
    assert not (tmp_path / "model" / "old").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_resuming_where_nothing_is_begins(tmp_path: Path):
    assert opened(tmp_path / "model", resume=True) == set()


def test_resuming_a_finished_model_goes_on_in_a_copy(tmp_path: Path):
    finished(tmp_path / "model", config_of(epochs=1))
    assert opened(tmp_path / "model", config_of(epochs=2), resume=True) == SAVED
    assert (tmp_path / "model" / "metrics.json").exists()


def test_a_copy_that_was_cut_off_is_made_again(tmp_path: Path):
    finished(tmp_path / "model")
    (tmp_path / ".model.training.copy" / "checkpoint").mkdir(parents=True)
    (tmp_path / ".model.training.copy" / "half").touch()
    assert opened(tmp_path / "model", resume=True) == SAVED
    assert not (tmp_path / "model.training" / "half").exists()


def test_only_settings_that_do_not_change_what_was_done_may_be_others(tmp_path: Path):
    unfinished(tmp_path / "model", config_of(epochs=3))
    assert opened(tmp_path / "model", config_of(epochs=5, patience=2, checkpoint_steps=7), resume=True) == SAVED
    with pytest.raises(ConfigError, match=r"the run to resume has training.batch_size = 32, not 8: .*--overwrite"):
        opened(tmp_path / "model", config_of(batch_size=8), resume=True)
    other_task = check_config({"tasks": {"ner": {}}}, "test")
    with pytest.raises(ConfigError, match=r"tasks\.ner"):
        opened(tmp_path / "model", other_task, resume=True)
