"""Archives of strangers: nothing is written but a model folder, whole, in the cache."""

import stat
import zipfile

import pytest

from tagger.errors import ModelError
from tagger.model.model_archive import unpacked_model
from tagger.model.model_manifest import check_model_folder
from tagger.model.shipped_models import find_model


def of_kind(name: str, kind: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.create_system, entry.external_attr = 3, (kind | 0o777) << 16
    return entry


def contents(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*")) if folder.exists() else []


@pytest.mark.parametrize(
    ("add", "why"),
    [
        ({"../evil": b"x"}, "may lead out"),
        ({"/tmp/evil": b"x"}, "may lead out"),
        ({"pets/../../evil": b"x"}, "may lead out"),
        ({"pets\\..\\evil": b"x"}, "may lead out"),
        ({"C:/evil": b"x"}, "may lead out"),
        ({"pets//config.toml": b"x"}, "may lead out"),
        ({of_kind("pets/link", stat.S_IFLNK): b"/etc/passwd"}, "link or a device"),
        ({of_kind("pets/pipe", stat.S_IFIFO): b""}, "link or a device"),
        ({"pets/CONFIG.toml": b"x"}, "stands in it twice"),
        ({"pets/setup.py": b"raise SystemExit"}, "no file of a model"),
        ({"evil.py": b"x"}, "no file of a model"),
        ({"pets/.x.unfinished/evil.py": b"x"}, "no file of a model"),
        ({"pets/vocabulary/.x.unfinished": b"x"}, "no file of a model"),
        ({"pets/logs/events.out.tfevents.1": b"x"}, "no file of a model"),
        ({"pets/checkpoint/weights_temp/part": b"x"}, "no file of a model"),
        ({"pets/evil/": b""}, "no file of a model"),
        ({"evil/": b""}, "no file of a model"),
        ({"a.dist-info/METADATA": b"x"}, "no file of a model"),
        ({"b/a.dist-info/WHEEL": b"x"}, "no file of a model"),
        ({f"pets/vocabulary/tags.{'x' * 250}.txt": b"x"}, "is longer than names"),
        ({"pets/config.toml/x": b"x"}, "is a file and a folder"),
        ({"pets/vocabulary/words.pkl": b"x"}, "no file of a model"),
        ({"pets/vocabulary/tags.more.txt": b"x"}, "is not in manifest.json"),
        ({"other/manifest.json": b"{}"}, "2 model folders"),
        ({"zeros": b"\0" * (11 << 20)}, "would be .* bytes, unpacked from"),
        ({f"other/{number}": b"" for number in range(2001)}, "where a model has fewer"),
    ],
)
def test_an_archive_that_is_not_as_it_should_be_is_refused_whole(changed, add, why, cache, tmp_path):
    path = changed(add)
    with pytest.raises(ModelError, match=why):
        unpacked_model(path)
    assert contents(cache) == []
    assert contents(tmp_path) == ["x.zip"] or contents(tmp_path) == ["cache", "x.zip"]


def test_a_name_with_a_null_byte_is_refused(changed):
    path = changed({"pets/config.tomlX.txt": b""})
    path.write_bytes(path.read_bytes().replace(b"config.tomlX", b"config.toml\0"))
    with pytest.raises(ModelError, match="may lead out"):
        unpacked_model(path)


def test_damage_is_an_error_and_never_a_model(archive, changed, cache, tmp_path):
    content = archive.read_bytes()
    damaged = {
        "cut": content[: len(content) // 2],
        "text": b"no archive",
        "empty": b"",
        "flipped": content[:5000] + bytes([content[5000] ^ 1]) + content[5001:],
    }
    for name, each in damaged.items():
        (tmp_path / name).write_bytes(each)
        with pytest.raises(ModelError, match=f"{name}: "):
            unpacked_model(tmp_path / name)
    for name in ("pets/manifest.json", "pets/config.toml", "pets/model.onnx"):
        with pytest.raises(ModelError, match=r"manifest\.json|there is no such file") as error:
            unpacked_model(less := changed({}, without=name, name="less.zip"))
        assert str(error.value).startswith(f"{less}: ") and str(cache) not in str(error.value)
    for add, why in (
        ({"pets/config.toml": b"x"}, r"x\.zip: config\.toml in it: damaged .*: get the archive again$"),
        ({"pets/manifest.json": b"{}"}, r"x\.zip: manifest\.json in it: cannot be read .*: get the archive again$"),
    ):
        with pytest.raises(ModelError, match=why) as error:
            unpacked_model(changed(add, without=next(iter(add))))
        assert str(cache) not in str(error.value)
    assert contents(cache) == []


def test_a_place_before_the_file_is_damage(archive, tmp_path):
    content = bytearray(archive.read_bytes())
    end = content.rindex(b"PK\5\6")  # the end of the central directory: its size is at 12, its place at 16
    content[end + 16 : end + 20] = (1 << 31).to_bytes(4, "little")
    (tmp_path / "shifted.zip").write_bytes(content)
    with pytest.raises(ModelError, match=r"shifted\.zip: damaged"):
        unpacked_model(tmp_path / "shifted.zip")


def test_a_file_that_is_larger_than_it_says_is_not_unpacked(archive, tmp_path):
    content, name = bytearray(archive.read_bytes()), b"pets/config.toml"
    at = content.rindex(name) - 46  # the entry of the central directory
    assert content[at : at + 4] == b"PK\1\2"
    content[at + 24 : at + 28] = (5).to_bytes(4, "little")
    (tmp_path / "liar.zip").write_bytes(content)
    with pytest.raises(ModelError, match=r"liar\.zip: "):
        unpacked_model(tmp_path / "liar.zip")


def test_what_is_damaged_in_the_cache_is_unpacked_anew(archive, cache):
    folder = unpacked_model(archive)
    for damage in (
        lambda: (folder.parent / "source.json").unlink(),
        lambda: (folder / "model.onnx").write_bytes(b"x"),
        lambda: (folder / "config.toml").unlink(),
    ):
        damage()
        assert check_model_folder(unpacked_model(archive)) > 0
    content = (folder / "config.toml").read_bytes()
    (folder / "config.toml").write_bytes(b"#" + content[1:])
    with pytest.raises(ModelError, match=f"remove {folder.parent}, and the model is unpacked anew"):
        check_model_folder(folder)


def test_an_archive_is_unpacked_once_and_an_encrypted_one_never(archive, cache, tmp_path):
    first = unpacked_model(archive)
    before = {path: path.stat().st_mtime_ns for path in cache.rglob("*")}
    assert find_model(archive) == find_model(str(archive)) == first
    assert {path: path.stat().st_mtime_ns for path in cache.rglob("*")} == before
    content = bytearray(archive.read_bytes())
    for magic, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(magic) + at] |= 1
    (tmp_path / "locked.zip").write_bytes(content)
    with pytest.raises(ModelError, match="is encrypted"):
        unpacked_model(tmp_path / "locked.zip")


def test_a_cache_that_cannot_be_written_is_an_error_that_says_how_to_move_it(archive, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("TAGGER_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(ModelError, match="TAGGER_CACHE names another folder"):
        unpacked_model(archive)
