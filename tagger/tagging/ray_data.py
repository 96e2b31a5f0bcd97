"""Tagging many files on many machines with Ray Data.

A worker loads the model once and tags part after part. Finished parts are not tagged again: the same command resumes a
stopped run, and the parts of a worker that died go to another one. All machines must see the input, the model, its
rules and the output folder.
"""

import contextlib
import hashlib
import logging
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from tagger.errors import ConfigError, MissingPackageError, TaggerError
from tagger.files import check_outside, locked
from tagger.model.folder import (
    CONFIG_FILE,
    METRICS_FILE,
    MODEL_FILE,
    TAGGING_RULES_FILE,
    ModelFolder,
    check_onnx_files,
    open_model,
)
from tagger.model.model_manifest import sha256
from tagger.model.score_settings import SETTINGS_FILE
from tagger.model.shipped_models import find_model
from tagger.packages import install_line
from tagger.silence import silence
from tagger.tagging.part_tagger import FILE_ENDINGS, PartTagger, part_file
from tagger.tagging.parts import (
    PART_BYTES,
    Part,
    cut_into_parts,
    describe_run,
    finish_output,
    open_output,
)
from tagger.tagging.tag_files import TagOptions
from tagger.text.file_patterns import input_files
from tagger.text.rule_file import read_rules, rules_toml

Say = Callable[[str], None]
"""Tells the user one line."""


class _RayWorker:
    """The state of one of Ray's workers. A batch is one part, in columns of one row."""

    def __init__(self, options: TagOptions, output: str) -> None:
        self._options, self._output = options, output
        self._tagger: PartTagger | None = None

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[int] | list[str]]:
        """Tag the part of a batch.

        An error that a user can fix is returned, because Ray would retry if it were raised.
        """
        part = Part(**{name: values.tolist()[0] for name, values in batch.items()})
        try:
            self._tagger = self._tagger or PartTagger(self._options, self._output)
            return {"part": [part.number], "sentences": [self._tagger(part)], "error": [""]}
        except TaggerError as error:
            return {"part": [part.number], "sentences": [0], "error": [str(error)]}


def tag_with_ray(
    inputs: Sequence[str],
    options: TagOptions,
    output: Path,
    *,
    workers: int | None = None,
    overwrite: bool = False,
    part_bytes: int = PART_BYTES,
    say: Say,
) -> None:
    """Tag texts, JSON lines and Parquet into a folder of part files.

    `inputs` are files, folders and patterns. Uses the cluster that RAY_ADDRESS names, or else this machine, with
    `workers` models: by default one for each processor but one, which reads. Raises TaggerError for errors that a user
    can fix, after all other parts are done.
    """
    ray = _import_ray()
    if options.format not in FILE_ENDINGS:
        raise ConfigError(f"--engine ray writes many files, which '{options.format}' is not for: use jsonl")
    model = open_model(Path(os.path.abspath(find_model(options.model))))
    options = replace(options, model=model.path)
    files = input_files(inputs)
    check_outside([*files, model.path], output)
    options = replace(options, names_files=len(files) > 1)
    parts = cut_into_parts(files, part_bytes, sentence_a_line=options.reading != "text")
    if options.top and any(part.kind == "parquet" for part in parts):
        raise ConfigError("--top has no place in Parquet files: use --scores")
    check_onnx_files(model)
    options = replace(options, checked=True, rules=options.rules and os.path.abspath(options.rules))
    described = {**asdict(options), "model": str(options.model), **_checksums(model), **_checksum_of_rules(options)}
    with locked(output):
        open_output(output, describe_run(parts, described), overwrite=overwrite)
        pending = [part for part in parts if not (output / part_file(part, options.format)).is_file()]
        if len(pending) < len(parts):
            say(f"{len(parts) - len(pending)} of {len(parts)} parts are there already")
        if pending:
            with contextlib.redirect_stdout(sys.stderr):  # Ray prints what happens to its workers
                _tag_parts(ray, pending, options, output, workers, say)
        finish_output(output)
    say(f"wrote {len(parts)} parts to {output}")


def _tag_parts(
    ray: Any,  # noqa: ANN401 (a module)
    parts: Sequence[Part],
    options: TagOptions,
    output: Path,
    workers: int | None,
    say: Say,
) -> None:
    """Tag the parts, and raise the first error after all other parts are done."""
    started = not ray.is_initialized()
    if started:
        _start_ray(ray)
    try:
        processors = int(ray.cluster_resources().get("CPU", 1))
        count = min(len(parts), workers or max(1, processors - 1))
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        rows = (
            ray.data.from_items([asdict(part) for part in parts], override_num_blocks=len(parts))
            .map_batches(
                _RayWorker,
                fn_constructor_args=(options, str(output.absolute())),
                batch_size=1,
                num_cpus=1,
                compute=ray.data.ActorPoolStrategy(size=count),
            )
            .iter_rows()
        )
        errors = []
        for done, row in enumerate(rows, start=1):
            if row["error"]:
                errors.append(row["error"])
            else:
                say(f"part {row['part']}: {row['sentences']:,} sentences ({done} of {len(parts)})")
    except ray.exceptions.RayError as error:
        reason = (str(error).strip().splitlines() or ["no reason given"])[-1]
        raise TaggerError(f"Ray could not go on ({reason}); the same command goes on with what is not done") from None
    finally:
        if started:
            ray.shutdown()
    if errors:
        more = f" (and {len(errors) - 1} more parts)" if len(errors) > 1 else ""
        raise TaggerError(f"{errors[0]}{more}; the same command goes on with what is not done")


def _checksums(model: ModelFolder) -> dict[str, str]:
    """The SHA-256 of the files that tell a model from another: those of its manifest, or else computed."""
    found = {}
    for name in (CONFIG_FILE, METRICS_FILE, MODEL_FILE, TAGGING_RULES_FILE, SETTINGS_FILE):
        if (model.path / name).is_file():
            found[name] = model.manifest.files[name][1] if model.manifest else sha256(model.path / name)
    return found


def _checksum_of_rules(options: TagOptions) -> dict[str, str]:
    """The SHA-256 of the rules beside the model, with the phrases of their files; nothing without rules."""
    if not options.rules:
        return {}
    return {"rules_sha256": hashlib.sha256(rules_toml(read_rules(options.rules)).encode("utf-8")).hexdigest()}


def _start_ray(ray: Any) -> None:  # noqa: ANN401 (a module)
    """Connect to the cluster of RAY_ADDRESS, or start one on this machine, silently."""
    environment = {"env_vars": {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}}
    try:
        with silence():  # Ray prints that it prints nothing
            ray.init(
                logging_level=logging.ERROR,
                log_to_driver=False,
                include_dashboard=None if os.environ.get("RAY_ADDRESS") else False,
                runtime_env=environment if not os.environ.get("RAY_ADDRESS") else None,
            )
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise TaggerError(f"Ray did not start ({error}): see RAY_ADDRESS, or unset it for this machine alone") from None


def _import_ray() -> Any:  # noqa: ANN401 (a module)
    """Import Ray with its data library. Raises MissingPackageError where it is not installed."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise MissingPackageError(f"--engine ray needs Ray ({error}): {install_line('ray')}") from None
    for name in ("ray", "ray.data"):
        logging.getLogger(name).setLevel(logging.ERROR)
    return ray
