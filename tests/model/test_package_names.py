import pytest

from tagger.errors import ConfigError
from tagger.model.package_names import check_name, check_version


@pytest.mark.parametrize(
    ("name", "normalized"),
    [("shop", "shop"), ("Shop_NER", "shop-ner"), ("a.-_b", "a-b"), ("7", "7"), ("friendly.bard", "friendly-bard")],
)
def test_a_name_is_normalized_as_pep_503_has_it(name, normalized):
    assert check_name(name) == normalized


@pytest.mark.parametrize("name", ["", "-shop", "shop.", "a b", "a/b", "..", "größe", "a" * 101, "a\n", "@a"])
def test_what_is_no_name_of_a_package_is_refused(name):
    with pytest.raises(ConfigError, match="cannot be the name of a package"):
        check_name(name)


@pytest.mark.parametrize(
    "version", ["0", "1.0", "1!2.0.3", "1.0a1", "1.0b2", "1.0rc1.post2.dev3", "2026.11.28", "1.0+local.7"]
)
def test_versions_are_those_of_pep_440(version):
    assert check_version(version) == version


@pytest.mark.parametrize(
    "version", ["", "v1.0", "1.0-1", "01.0", "1.0.alpha", "1.0RC1", "1.0/..", "1.0\n", "1..0", "a"]
)
def test_versions_in_another_spelling_are_refused(version):
    with pytest.raises(ConfigError, match="PEP 440"):
        check_version(version)
