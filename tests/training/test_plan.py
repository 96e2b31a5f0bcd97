from pathlib import Path

from tagger.config.load import load_config
from tagger.corpus.read import open_corpus
from tagger.training.plan import make_plan, teachers_of
from tagger.training.soft_target_records import TargetsRecord


def test_a_model_alone_is_one_stage_at_the_output(tiny_config, tiny_corpus):
    plan = make_plan(load_config(tiny_config), [open_corpus(tiny_corpus)], Path("models/pos"))
    (stage,) = plan.models
    assert (stage.folder, stage.title, plan.targets) == (Path("models/pos"), "", None)
    assert plan.own_folders == [Path("models/pos.training")]
    assert stage.config.tasks["ner"].scheme == "IOB2"  # from the corpus
    assert not plan.is_begun and not plan.is_done


def test_seeds_and_teachers_are_stages_in_folders_of_their_own(tiny_config, tiny_corpus):
    config = load_config(tiny_config, ["distillation.teachers=2", "seed=7"])
    plan = make_plan(config, [open_corpus(tiny_corpus)], Path("models/pos"), seeds=2)
    assert [(stage.title, str(stage.folder)) for stage in plan.models] == [
        ("seed 7", "models/pos.seeds/7/pos"),
        ("seed 8", "models/pos.seeds/8/pos"),
    ]
    assert [(stage.title, str(stage.folder)) for stage in plan.targets.teachers] == [
        ("teacher of seed 1007", "models/pos.teachers/1007/pos"),
        ("teacher of seed 1008", "models/pos.teachers/1008/pos"),
    ]
    assert plan.targets.folder == Path("models/pos.teachers/targets")
    assert plan.own_folders == [Path("models/pos.teachers"), Path("models/pos.seeds")]


def test_soft_targets_match_only_the_same_teachers_on_the_same_corpora(tiny_config, tiny_corpus):
    def targets_of(*settings):
        config = load_config(tiny_config, ["distillation.teachers=2", *settings])
        return make_plan(config, [open_corpus(tiny_corpus)], Path("model")).targets

    written = TargetsRecord("", 0.0, targets_of().settings)
    assert targets_of().matches(written)
    assert targets_of("training.patience=5").matches(written)  # does not change what teachers are
    for other in ("encoder.units=9", "distillation.epochs=3", "distillation.teachers=1", "seed=2"):
        assert not targets_of(other).matches(written)
    assert not targets_of().matches(TargetsRecord("", 0.0, {**written.settings, "corpus": "another"}))
    assert not targets_of().matches(TargetsRecord("", 0.0, {}))


def test_a_setting_that_did_not_exist_when_soft_targets_were_written_had_its_default(tiny_config, tiny_corpus):
    config = load_config(tiny_config, ["distillation.teachers=1"])
    targets = make_plan(config, [open_corpus(tiny_corpus)], Path("model")).targets
    (teacher,) = targets.settings["teachers"]
    older = {key: value for key, value in teacher.items() if key != "training.lowercase_rate"}
    assert targets.matches(TargetsRecord("", 0.0, {**targets.settings, "teachers": [older]}))


def test_each_teacher_has_its_own_seed_and_no_teachers(tiny_config):
    config = load_config(tiny_config, ["distillation.teachers=3", "seed=7"])
    teachers = teachers_of(config)
    assert [teacher.seed for teacher in teachers] == [1007, 1008, 1009]
    assert all(teacher.distillation.teachers == 0 for teacher in teachers)
    assert [teacher.training for teacher in teachers] == [config.training] * 3
    few = teachers_of(load_config(tiny_config, ["distillation.teachers=1", "distillation.epochs=2"]))
    assert few[0].training.epochs == 2
