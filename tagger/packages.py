"""Which of the project's packages are not installed: those who only tag need few of them."""

import re
import shlex
from importlib.metadata import PackageNotFoundError, requires, version

NAME = re.compile(r"[A-Za-z0-9._-]+")


def how_to_install(missing: str) -> str:
    """What to say where a module is missing: what installs all that the project needs, or that module alone where the
    project itself is not installed."""
    wanted = [shlex.quote(requirement) for requirement in not_installed()] or [missing]
    return (
        f"this command needs packages that are not installed (first of all {missing}): pip install {' '.join(wanted)}"
    )


def not_installed() -> list[str]:
    """The project's requirements, without those of its extras, of which no version is installed."""
    try:
        requirements = requires("tagger") or []
    except PackageNotFoundError:
        return []
    return [each for each in requirements if "extra ==" not in each and not is_installed(NAME.match(each)[0])]


def is_installed(name: str) -> bool:
    """Whether some version of a package is there."""
    try:
        return bool(version(name))
    except PackageNotFoundError:
        return False
