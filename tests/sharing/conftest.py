"""A cache of its own for every test, and archives of models."""

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> Path:
    """The folder of the cache, empty."""
    monkeypatch.setenv("TAGGER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="session")
def archive(tiny_model, tmp_path_factory) -> Path:
    """A zip file of the tiny model, as `tagger package` writes it. Leave it as it is."""
    from tagger.sharing.package_model import PackageOptions, package_model

    options = PackageOptions(name="pets", version="1.2", licence="CC0-1.0", language="English")
    return package_model(tiny_model, tmp_path_factory.mktemp("zip"), options, format="zip", say=lambda message: None)


@pytest.fixture
def changed(archive, tmp_path) -> Callable[..., Path]:
    """Writes a copy of the archive without some files and with others: their content, by name or by ZipInfo."""

    def change(add: Mapping[str | zipfile.ZipInfo, bytes], without: str | None = None, name: str = "x.zip") -> Path:
        with zipfile.ZipFile(archive) as source, zipfile.ZipFile(tmp_path / name, "w") as target:
            for entry in source.infolist():
                if entry.filename != without:
                    target.writestr(entry, source.read(entry))
            for entry, content in add.items():
                target.writestr(entry, content, zipfile.ZIP_DEFLATED)
        return tmp_path / name

    return change
