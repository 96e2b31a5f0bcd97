"""A fixture that several tests of formats and schemes share."""

from collections.abc import Callable, Iterable, Sequence

import pytest

from tagger.text.scheme import SchemeDetector


@pytest.fixture(scope="session")
def detect_scheme() -> Callable[[Iterable[Sequence[str]]], str | None]:
    """A function that returns the scheme of many sequences of tags, None for plain tags."""

    def detect(sequences: Iterable[Sequence[str]]) -> str | None:
        detector = SchemeDetector()
        for tags in sequences:
            detector.add(tags)
        return detector.scheme

    return detect
