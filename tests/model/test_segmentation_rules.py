"""The rules of a segmenter: what is written is read again, and damage is a ModelError."""

import json

import pytest

from tagger.errors import ModelError
from tagger.model.segmentation_rules import (
    RULES_FILE,
    SegmentationRules,
    load_segmentation_rules,
    save_segmentation_rules,
)
from tagger.text.multiword import MultiwordRules
from tagger.text.units import UnitRules

RULES = SegmentationRules(
    UnitRules(
        frozenset({("LATIN", "LATIN"), ("’", "LATIN"), ('"', "\\")}),
        frozenset({"LATIN", "CJK"}),
        frozenset({"web", "number"}),
        {"gonna": (3,), "n't": (1, 2), "東京": (1,)},
    ),
    MultiwordRules(("*n't=* n't", "zum=zu dem"), {"zum": "zum=zu dem", "don't": "*n't=* n't"}),
)


@pytest.fixture
def content(tmp_path):
    """The content of the rules' file, as JSON."""
    save_segmentation_rules(RULES, tmp_path)
    return json.loads((tmp_path / RULES_FILE).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "rules",
    [
        RULES,
        SegmentationRules(UnitRules(frozenset())),
        SegmentationRules(UnitRules(frozenset(), addresses=frozenset())),
    ],
)
def test_rules_are_read_as_they_were_written(rules, tmp_path):
    save_segmentation_rules(rules, tmp_path)

    assert load_segmentation_rules(tmp_path) == rules


def test_the_same_rules_make_the_same_file(tmp_path):
    files = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        save_segmentation_rules(RULES, tmp_path / name)
        files.append((tmp_path / name / RULES_FILE).read_bytes())

    assert files[0] == files[1]
    assert "東京" in files[0].decode("utf-8")


def test_a_missing_file(tmp_path):
    with pytest.raises(ModelError, match=r"segmentation\.json: there is no such file.*train the model again"):
        load_segmentation_rules(tmp_path)


def test_another_version(tmp_path, content):
    (tmp_path / RULES_FILE).write_text(json.dumps({**content, "format": 2}), encoding="utf-8")

    with pytest.raises(ModelError, match="another version"):
        load_segmentation_rules(tmp_path)


@pytest.mark.parametrize("key", ["format", "joined", "scripts", "addresses", "pieces", "multiword", "multiword_tokens"])
def test_a_missing_key(tmp_path, content, key):
    del content[key]
    (tmp_path / RULES_FILE).write_text(json.dumps(content), encoding="utf-8")

    with pytest.raises(ModelError, match=rf"segmentation\.json.*{key}"):
        load_segmentation_rules(tmp_path)


@pytest.mark.parametrize(
    "changed",
    [
        {"joined": None},
        {"joined": [["LATIN"]]},
        {"joined": [["LATIN", "LATIN", "LATIN"]]},
        {"joined": [[1, "LATIN"]]},
        {"joined": 5},
        {"scripts": [None]},
        {"addresses": [3]},
        {"pieces": []},
        {"pieces": {"gonna": []}},
        {"pieces": {"gonna": 3}},
        {"pieces": {"gonna": [0]}},
        {"pieces": {"gonna": [5]}},
        {"pieces": {"gonna": [3, 2]}},
        {"pieces": {"gonna": [2, 2]}},
        {"pieces": {"gonna": [True]}},
        {"pieces": {"gonna": ["3"]}},
        {"pieces": {"": [0]}},
        {"multiword": [1]},
        {"multiword": None},
        {"multiword_tokens": [["zum", "zum=zu dem"]]},
        {"multiword_tokens": {"zum": 1}},
    ],
    ids=str,
)
def test_damaged_values(tmp_path, content, changed):
    (tmp_path / RULES_FILE).write_text(json.dumps({**content, **changed}), encoding="utf-8")

    with pytest.raises(ModelError, match=r"segmentation\.json: cannot be read \(.*\): train the model again"):
        load_segmentation_rules(tmp_path)


@pytest.mark.parametrize("damaged", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"5", b"[" * 100_000])
def test_damaged_files(tmp_path, damaged):
    (tmp_path / RULES_FILE).write_bytes(damaged)

    with pytest.raises(ModelError, match=r"segmentation\.json: cannot be read"):
        load_segmentation_rules(tmp_path)


def test_a_folder_in_place_of_the_file(tmp_path):
    (tmp_path / RULES_FILE).mkdir()

    with pytest.raises(ModelError, match=r"segmentation\.json: cannot be read"):
        load_segmentation_rules(tmp_path)


def test_kinds_of_addresses_that_are_not_known_are_left_out(tmp_path, content):
    (tmp_path / RULES_FILE).write_text(json.dumps({**content, "addresses": ["web", "phone"]}), encoding="utf-8")

    assert load_segmentation_rules(tmp_path).units.addresses == {"web"}
