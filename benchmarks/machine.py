"""The machine and the versions that figures belong to."""

import os
import platform
import resource
import sys
from collections.abc import Mapping
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = {"tensorflow": "TensorFlow", "keras": "Keras", "torch": "PyTorch", "onnxruntime": "ONNX Runtime"}


def describe(packages: Mapping[str, str] = PACKAGES) -> str:
    """Return one line: processor, usable cores, memory, versions of packages, day."""
    from tagger.processors import available_processors

    found = (_version(package, title) for package, title in packages.items())
    versions = [f"Python {platform.python_version()}", *filter(None, found)]
    cores, gigabytes = available_processors(), memory() / 2**30
    return f"{processor()}, {cores} cores, {gigabytes:.0f} GiB; {', '.join(versions)}; {date.today()}"


def processor() -> str:
    """Return the name of the processor, with AVX-512 or AVX2 where it has them."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    fields = dict(line.split("\t: ", 1) for line in map(str.strip, lines) if "\t: " in line)
    name = fields.get("model name", platform.machine())
    flags = fields.get("flags", "").split()
    return name + next(
        (f" ({shown})" for flag, shown in (("avx512f", "AVX-512"), ("avx2", "AVX2")) if flag in flags), ""
    )


def memory() -> int:
    """Return the memory of the machine in bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def peak_memory() -> int:
    """Return the largest resident set of this process, in bytes."""
    status = Path("/proc/self/status")
    if status.is_file():  # `resource` may report the peak of the parent process here
        return next(int(line.split()[1]) * 1024 for line in status.open() if line.startswith("VmHWM"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _version(package: str, title: str) -> str | None:
    try:
        return f"{title} {version(package)}"
    except PackageNotFoundError:
        return None
