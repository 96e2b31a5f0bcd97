"""What several test files share."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared_corpora() -> Path:
    """The folder of real corpora beside the checkout; skips where it is missing."""
    folder = SHARED / "corpora"
    if not folder.is_dir():
        pytest.skip(f"real corpora are not here: {folder} is missing")
    return folder
