"""Write a model folder as a wheel, which `pip install` makes known by name, or as a zip file.

Both hold data alone: the files of the model folder with a manifest, the model card, the licence. The same model, name
and version give the same bytes.
"""

import json
import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tagger.documents import parse_json
from tagger.errors import ConfigError, DataError, ModelError
from tagger.evaluation.main_figures import main_figures
from tagger.files import new_file
from tagger.model.folder import CARD_FILE, CHECKPOINT_FOLDER, METRICS_FILE, ModelFolder, open_model
from tagger.model.model_manifest import MANIFEST_FILE, MODEL_FILES, check_model_folder, write_model_manifest
from tagger.model.package_names import check_name, check_version
from tagger.model.shipped_models import ABOUT_FILE, find_model, model_info, model_names
from tagger.sharing.wheel import wheel_name, write_wheel, write_zip

FORMATS = ("wheel", "zip")
"""What a model can be written as."""
_LICENCE_FILE = "LICENSE"
_WHOLE_PATH = re.compile(r"""(?:^|["'\s|`(])((?:~|[A-Za-z]:)?[/\\][\w.-]+[/\\][^\s"'|`)]+)""")


@dataclass(frozen=True)
class PackageOptions:
    """What a package says of its model, and what of the model is in it.

    `name` is that by which the model is found, by default that of its folder. `licence` is the short name of a licence,
    such as `CC-BY-4.0`, and `licence_file` the file of its text; by default what the model folder has. `language` is
    that of the text. With `checkpoint` the weights for TensorFlow are in it too.
    """

    name: str | None = None
    version: str = "1.0.0"
    licence: str | None = None
    licence_file: Path | None = None
    language: str | None = None
    checkpoint: bool = False


def package_model(
    model: Path | str | None,
    output: Path,
    options: PackageOptions,
    *,
    format: str = "wheel",
    overwrite: bool = False,
    say: Callable[[str], None],
) -> Path:
    """Write a model as a wheel or a zip file into the folder `output`, and return the path of the file.

    `say` is told what others should know and the model does not say. Raises ConfigError for a wrong name or version,
    ModelError for a damaged model, and DataError where the file exists already, unless `overwrite`, or cannot be
    written.
    """
    if format not in FORMATS:
        raise ConfigError(f"there is no format '{format}' of packages; there are {' and '.join(FORMATS)}")
    folder = open_model(find_model(model))
    name, version = check_name(options.name or folder.path.resolve().name), check_version(options.version)
    if name in model_names():
        raise ConfigError(f"'{name}' is the name of a model that comes with tagger, which would be found first: --name")
    if options.checkpoint and not folder.has_checkpoint:
        raise ModelError(
            f"{folder.path}: has no checkpoint to pack: leave --checkpoint out, or package the model folder as tagger "
            "train wrote it"
        )
    if folder.manifest:
        check_model_folder(folder.path)
    for option, text in (("--licence", options.licence), ("--language", options.language)):
        if text is not None and not text.isprintable():
            raise ConfigError(f"{option} {text!r} is not one line of text")
    target = output / (wheel_name(name, version) if format == "wheel" else f"{name}-{version}.zip")
    if target.exists() and not overwrite:
        raise DataError(f"{target}: exists already; name another folder or --version, or say --overwrite to replace it")
    try:
        with tempfile.TemporaryDirectory() as temporary:
            staged = Path(temporary) / name
            _stage(folder, staged, options, say)
            info = model_info(staged, name)
            output.mkdir(parents=True, exist_ok=True)
            with new_file(target) as file:
                write_wheel(file, staged, info) if format == "wheel" else write_zip(file, staged)
    except OSError as error:
        raise DataError(f"{error.filename or target}: could not be written: {error.strerror or error}") from None
    return target


def _stage(folder: ModelFolder, staged: Path, options: PackageOptions, say: Callable[[str], None]) -> None:
    """Put what is shared of a model into a new folder, described, with a manifest. Raises OSError."""
    wanted = re.compile(MODEL_FILES)
    for path in sorted(folder.path.rglob("*")):
        relative = path.relative_to(folder.path)
        if path.is_file() and wanted.fullmatch(relative.as_posix()) and _is_shared(relative, folder, options):
            (staged / relative).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, staged / relative)
    if options.licence_file:
        try:
            shutil.copyfile(options.licence_file, staged / _LICENCE_FILE)
        except OSError as error:
            raise DataError(f"{options.licence_file}: cannot be read: {error.strerror}") from None
    about = _about(folder, options)
    (staged / ABOUT_FILE).write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if not (staged / CARD_FILE).is_file():
        (staged / CARD_FILE).write_text(f"# {staged.name}\n", encoding="utf-8")
        say("the model has no card: README.md in its folder should say what it is for, and what it is not for")
    if not about["licence"]:
        say("no licence is named, without which nobody may pass the model on: --licence NAME, and --licence-file FILE")
    if not options.licence and (licence := _licence_of_first(folder)):
        say(f"training began with a model whose corpora stand under {licence}: choose a --licence that these allow")
    for path in sorted(path for path in staged.rglob("*") if path.suffix in (".toml", ".json", ".md")):
        if found := _WHOLE_PATH.findall(path.read_text(encoding="utf-8", errors="replace")):
            name = path.relative_to(staged).as_posix()
            say(f"others can read in {name}, {len(found)} times, where files are on this machine, such as {found[0]}")
    write_model_manifest(staged)


def _is_shared(path: Path, folder: ModelFolder, options: PackageOptions) -> bool:
    """Whether a file of a model folder is of use to others: not the state of its training, and not its logs."""
    if path.name == MANIFEST_FILE or path.parts[0] == "logs":
        return False
    if path.parts[0] != CHECKPOINT_FOLDER:
        return True
    return path.name.startswith("weights.") and (options.checkpoint or not folder.has_onnx)


def _about(folder: ModelFolder, options: PackageOptions) -> dict[str, object]:
    """Return the content of `about.json`: what the folder says of the model, with what the options say instead."""
    info = model_info(folder.path, folder.path.name)
    about = {key: value for key, value in asdict(info).items() if key in ("language", "licence", "corpora", "scores")}
    if not (folder.path / ABOUT_FILE).is_file():
        try:
            metrics = _metrics(folder)
            about["scores"] = {
                split: {task: figure.value for task, figure in figures.items()}
                for split in ("dev", "test")
                if (figures := main_figures(metrics, split))
            }
            about["corpora"] = [corpus["name"] for corpus in metrics.get("corpora", ())]
        except (KeyError, TypeError, AttributeError) as error:
            raise ModelError(f"{folder.path / METRICS_FILE}: cannot be read ({error})") from None
    given = {"licence": options.licence, "language": options.language, "version": options.version}
    return {**about, **{key: value for key, value in given.items() if value is not None}}


def _licence_of_first(folder: ModelFolder) -> str:
    """Return the licences of the corpora of the model with which training began; empty where there was none."""
    began_with = _metrics(folder).get("init")
    return str(began_with.get("licence") or "") if isinstance(began_with, dict) else ""


def _metrics(folder: ModelFolder) -> dict[str, Any]:
    """Return the content of `metrics.json`, empty where the folder has none. Raises ModelError where it is damaged."""
    path = folder.path / METRICS_FILE
    try:
        metrics = parse_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: cannot be read ({error})") from None
    if not isinstance(metrics, dict):
        raise ModelError(f"{path}: cannot be read (it is no object)")
    return metrics
