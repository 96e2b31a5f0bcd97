"""The English model, which finds names in these tests."""

import pytest

from tagger.model.shipped_models import model_names
from tagger.runtime.tagger import Tagger, load


@pytest.fixture(scope="session")
def english() -> Tagger:
    """The English model that comes with the install."""
    if "english" not in model_names():
        pytest.skip("no English model comes with this install")
    return load("english", threads=1)
