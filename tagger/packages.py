"""The pip command that a message shows for a missing package."""

import re

DISTRIBUTION = "rnn-tagger"

_NAME = re.compile(r"[A-Za-z0-9._-]+")


def install_line(extra: str = "") -> str:
    """The command that installs what tagging needs.

    With an extra such as `train` or `ray`, the command also installs what that needs.
    """
    return f"pip install '{DISTRIBUTION}[{extra}]'" if extra else f"pip install {DISTRIBUTION}"


def how_to_install(missing: str) -> str:
    """What to say where the module called `missing` could not be imported."""
    line = install_line("" if missing.partition(".")[0] in _needed_to_tag() else "train")
    return f"this command needs packages that are not installed (first of all {missing}): {line}"


def _needed_to_tag() -> set[str]:
    """The packages that the project needs without any extra.

    There are none where the project itself is not installed.
    """
    from importlib.metadata import PackageNotFoundError, requires  # late: it takes longer than all else here

    try:
        listed = requires(DISTRIBUTION) or []
    except PackageNotFoundError:
        return set()
    return {match[0] for each in listed if "extra ==" not in each and (match := _NAME.match(each))}
