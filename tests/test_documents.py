import time

import pytest

from tagger.config.load import apply_override, check_config, load_config
from tagger.corpus.manifest import load_manifest
from tagger.corpus.recipe import load_recipe
from tagger.documents import parse_json, parse_toml
from tagger.errors import ConfigError, DataError
from tagger.text.conllu import read_conllu

DIGITS, DEEP = "1" * 5000, "[" * 3000 + "]" * 3000
ODD_TOML = [f"a = {DIGITS}", f"a = {DEEP}", "a = " + "{b = " * 100 + "1" + "}" * 100, ".".join("a" * 50_000) + " = 1"]
ODD_JSON = [DIGITS, DEEP, "[" * 100_000, '{"a": NaN}', "-Infinity", "1e999", "\ufeff{}", "'a'", ""]


@pytest.mark.parametrize("text", [*ODD_TOML, "a =", "a = 1\na = 2"], ids=range(6))
def test_what_is_not_toml_or_too_large_is_one_short_error(text, tmp_path):
    started = time.perf_counter()
    with pytest.raises(ValueError) as error:
        parse_toml(text)
    assert "\n" not in str(error.value) and len(str(error.value)) < 200
    assert time.perf_counter() - started < 2
    (tmp_path / "corpus.toml").write_text(text)
    for read in (load_config, load_recipe):
        with pytest.raises(ConfigError, match=r"corpus\.toml: not (valid )?TOML: "):
            read(tmp_path / "corpus.toml")


@pytest.mark.parametrize("text", ODD_JSON, ids=range(len(ODD_JSON)))
def test_what_is_not_json_or_too_large_is_one_short_error(text, tmp_path):
    with pytest.raises(ValueError) as error:
        parse_json(text)
    assert "\n" not in str(error.value) and len(str(error.value)) < 200
    (tmp_path / "corpus.json").write_text(text)
    with pytest.raises(DataError, match=r"corpus\.json: cannot be read "):
        load_manifest(tmp_path)


def test_a_document_is_read_as_pythons_own_parsers_read_it():
    assert parse_toml('a.b.c = [1, {x = 1.5}]\n"d.e" = "a, b.c"') == {
        "a": {"b": {"c": [1, {"x": 1.5}]}},
        "d.e": "a, b.c",
    }
    assert parse_json('{"a": [1, -2.5e3, null, "\\ud800"]}') == {"a": [1, -2500.0, None, "\ud800"]}


@pytest.mark.parametrize("value", [DIGITS, DEEP], ids=["digits", "deep"])
def test_an_override_that_is_too_large_is_an_error(value):
    with pytest.raises(ConfigError, match="--set seed="):
        apply_override({}, f"seed={value}")
    with pytest.raises(ConfigError, match="more than 50 parts"):
        apply_override({}, ".".join("a" * 50_000) + "=1")
    with pytest.raises(ConfigError, match="none of the tables"):
        apply_override({"corpora": [{}]}, f"corpora.{DIGITS}.weight=1")


def test_an_override_that_is_not_utf8_is_an_error():
    with pytest.raises(ConfigError, match="not UTF-8"):
        apply_override({}, "encoder.options.x=\udcff")


def test_an_override_that_is_more_than_one_value_is_a_text():
    values = {}
    apply_override(values, "output=1\nseed = 2")
    assert values == {"output": "1\nseed = 2"}


def test_many_unknown_keys_are_counted_and_long_ones_answered_at_once():
    started = time.perf_counter()
    with pytest.raises(ConfigError, match=r"'training\.key0'.*; and 99,991 more$") as error:
        check_config({"training": {f"key{number}": 1 for number in range(100_000)}}, "x.toml")
    assert (
        str(error.value).count("unknown key") + str(error.value).count("missing") + str(error.value).count("no task")
        == 10
    )
    with pytest.raises(ConfigError):
        check_config({"tasks": {"upos": {}}, "training": {"k" * 1_000_000: 1}}, "x.toml")
    assert time.perf_counter() - started < 5


def test_ids_of_many_digits_are_an_error_with_their_place(tmp_path):
    rest = "\ta\t_\tNOUN\t_\t_\t_\t_\t_\t_\n"
    for id in (DIGITS, f"1-{DIGITS}", f"{DIGITS}-2", f"{DIGITS}.1"):
        (tmp_path / "a.conllu").write_text(id + rest)
        with pytest.raises(DataError, match=r"a\.conllu:1: "):
            list(read_conllu(tmp_path / "a.conllu"))


@pytest.mark.parametrize("line", ODD_JSON[:6])
def test_a_row_that_is_not_json_is_an_error_with_its_place(line):
    from tagger.tagging.part_tagger import _json_row

    with pytest.raises(DataError, match=r"rows\.jsonl:3: is not JSON"):
        _json_row(line, "rows.jsonl:3", ())
