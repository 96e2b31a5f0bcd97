"""Names and versions of packages of models, by the rules of Python packages (PEP 503, 508 and 440)."""

import re

from tagger.errors import ConfigError

_NAME = re.compile(r"[a-z0-9]|[a-z0-9][a-z0-9._-]*[a-z0-9]", re.ASCII | re.IGNORECASE)
_MOST_CHARACTERS = 100
# The canonical public versions of PEP 440, appendix B, with an optional local part.
_VERSION = re.compile(
    r"([1-9][0-9]*!)?(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*((a|b|rc)(0|[1-9][0-9]*))?(\.post(0|[1-9][0-9]*))?"
    r"(\.dev(0|[1-9][0-9]*))?(\+[a-z0-9]+(\.[a-z0-9]+)*)?",
    re.ASCII,
)


def is_package_name(name: str) -> bool:
    """Whether a text may name a Python package (PEP 508): letters and digits of ASCII, between them `.`, `_`, `-`."""
    return len(name) <= _MOST_CHARACTERS and _NAME.fullmatch(name) is not None


def normalized_name(name: str) -> str:
    """Return the one spelling of names that are equal by PEP 503: `Shop_NER` and `shop-ner` are one."""
    return re.sub(r"[-_.]+", "-", name).lower()


def check_name(name: str) -> str:
    """Return the normalized name. Raises ConfigError for what is not the name of a Python package."""
    if not is_package_name(name):
        raise ConfigError(
            f"'{name}' cannot be the name of a package: letters a to z and digits, between them also - . and _, at "
            f"most {_MOST_CHARACTERS} characters; give one by --name"
        )
    return normalized_name(name)


def check_version(version: str) -> str:
    """Return the version. Raises ConfigError for what is not a version in PEP 440's canonical spelling."""
    if len(version) > _MOST_CHARACTERS or not _VERSION.fullmatch(version):
        raise ConfigError(f"'{version}' is no version as PEP 440 writes them: such as 1.0.2, 2.0rc1 or 1.0.post1")
    return version
