"""Whether a model gets a segmenter, from which corpora, and how one is told from another."""

import json
from pathlib import Path

import pytest

from tagger.config.load import check_config
from tagger.corpus.from_config import mixed_corpora
from tagger.corpus.read import open_corpora
from tagger.errors import DataError
from tagger.training.segmenter_stage import SOURCE_FILE, segmenter_stage


@pytest.fixture(scope="module")
def stage_of(treebank, tiny_corpus):
    """Makes the stage of some corpora, by the settings of the segmenter and those of each corpus."""
    folders = {"treebank": treebank, "columns": tiny_corpus}

    def make(folder=Path("none"), seed=1, weights=None, **settings):
        weights = weights or {"treebank": 1.0}
        corpora = [{"path": name, "tasks": {"upos": "upos"}, "weight": weight} for name, weight in weights.items()]
        config = check_config(
            {"seed": seed, "tasks": {"upos": {}}, "segmenter": settings, "corpora": corpora}, "settings"
        )
        with open_corpora([folders[name] for name in weights]) as manifests:
            stage = segmenter_stage(config, mixed_corpora(config, manifests), folder)
            return stage and (stage, stage.source)

    return make


def test_only_corpora_that_know_their_white_space_teach(stage_of, treebank):
    stage, _ = stage_of(weights={"columns": 1.0, "treebank": 2.0})

    assert [corpus.manifest.name for corpus in stage.corpora] == [treebank.name]


@pytest.mark.parametrize("weights", [{"columns": 1.0}, {"columns": 1.0, "treebank": 0.0}], ids=str)
def test_without_such_a_corpus_there_is_none(stage_of, weights):
    assert stage_of(weights=weights) is None
    with pytest.raises(DataError, match="no corpus knows its white space, from which a segmenter learns: convert it"):
        stage_of(weights=weights, train="always")


def test_never_is_none(stage_of):
    assert stage_of(train="never") is None
    assert stage_of(train="always") is not None


def test_its_source_tells_settings_seeds_and_corpora_apart(stage_of):
    _, source = stage_of()

    assert stage_of()[1] == source
    assert len({source, stage_of(units=5)[1], stage_of(seed=2)[1], stage_of(lower_case=0.1)[1]}) == 4


def test_units_of_another_source_are_recognised(stage_of, tmp_path):
    stage, source = stage_of(tmp_path)
    assert stage.is_of_same_source()  # nothing is there

    stage.corpus.mkdir()
    assert not stage.is_of_same_source()  # something unknown is there
    (stage.corpus / SOURCE_FILE).write_text(source, encoding="utf-8")
    assert stage.is_of_same_source()
    (stage.corpus / SOURCE_FILE).write_text(stage_of(units=5)[1], encoding="utf-8")
    assert not stage.is_of_same_source()
    earlier = json.loads(source)  # of a version that did not have these keys
    del earlier["settings"]["characters"], earlier["settings"]["character_units"]
    (stage.corpus / SOURCE_FILE).write_text(json.dumps(earlier), encoding="utf-8")
    assert stage.is_of_same_source()
