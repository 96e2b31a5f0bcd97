"""What a Dockerfile says, done without Docker: its commands run in a folder, its service in a namespace of its own.

Paths of the image, such as /opt/tagger, become folders below the image's root here. Where the tests run as root, the
service has the user that the Dockerfile names, no capabilities, no home, and a file system that nobody can write;
elsewhere it has the user of the tests, no home, and a working directory that it cannot write.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"

NAMESPACE = """
set -eu
mount --make-rprivate /
if [ -n "$hidden" ]; then  # a folder that only root may enter, with this Python below it: nothing else is left of it
    mkdir -p "$root/python"
    mount --bind "$python" "$root/python"
    mount -t tmpfs none "$hidden"
    mkdir -p "$python"
    mount --bind "$root/python" "$python"
    mount -o remount,bind,ro "$hidden"
fi
mount -o remount,bind,ro /
for each in /tmp /var/tmp; do  # which may be file systems of their own
    mount --bind "$each" "$each"
    mount -o remount,bind,ro "$each"
done
cd "$work"  # anew, on the file system that is mounted now
exec setpriv --reuid "$user" --regid "$user" --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs \\
    env -i "$@"
"""
"""Makes the file system read-only and starts the rest of the command line as the user."""


@dataclass
class Stage:
    """One stage of a Dockerfile: its instructions in order."""

    name: str
    instructions: list[tuple[str, str]] = field(default_factory=list)

    def all(self, instruction: str) -> list[str]:
        """What follows each instruction of this name."""
        return [rest for name, rest in self.instructions if name == instruction]

    def words(self, instruction: str) -> list[str]:
        """The words of the last instruction of this name, in its JSON form."""
        _, bracket, rest = self.all(instruction)[-1].partition("[")
        return json.loads(bracket + rest)


def read_dockerfile(path: Path) -> list[Stage]:
    """The stages of a Dockerfile."""
    stages: list[Stage] = []
    lines = re.sub(r"\\\n", "", path.read_text(encoding="utf-8")).splitlines()
    for line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        name, _, rest = line.partition(" ")
        if name == "FROM":
            stages.append(Stage(rest.partition(" AS ")[2]))
        stages[-1].instructions.append((name, rest.strip()))
    return stages


def in_context(path: str, ignored: Path) -> bool:
    """Whether a path of the clone reaches the image, by the last pattern that names it or a folder above it."""
    kept = True
    for line in ignored.read_text(encoding="utf-8").splitlines():
        pattern = line.strip().removeprefix("!")
        if pattern and not pattern.startswith("#"):
            parts = Path(path).parts
            above = ["/".join(parts[: end + 1]) for end in range(len(parts))]
            if any(fnmatch(each, pattern) or fnmatch(f"/{each}", pattern.replace("**", "*")) for each in above):
                kept = line.startswith("!")
    return kept


class Image:
    """An image below a folder: what its first stages install, and the command that starts it."""

    def __init__(self, dockerfile: Path, root: Path) -> None:
        self.root = root
        *self._building, self._last = read_dockerfile(dockerfile)
        self._ignored = dockerfile.with_name(f"{dockerfile.name}.dockerignore")
        self._work = root
        self.said = ""
        """What the commands of the build wrote."""

    def place(self, text: str) -> str:
        """The same text, with the image's own folders below its root here."""
        return re.sub(r"(?<![\w.])/(opt/tagger|models|source)\b", lambda match: f"{self.root}{match[0]}", text)

    def build(self) -> None:
        """Do what the stages say up to the last; an error of a command is an AssertionError with what it wrote."""
        self.root.mkdir(parents=True, exist_ok=True)
        commands = self.root / "commands"
        commands.mkdir()
        python = commands / "python"
        python.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n', encoding="utf-8")
        python.chmod(0o755)
        outside = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "TF_"))}
        for stage in self._building:
            for name, rest in stage.instructions:
                if name == "WORKDIR":
                    self._work = Path(self.place(rest))
                    self._work.mkdir(parents=True, exist_ok=True)
                elif name == "COPY":
                    self._copy(*rest.split())
                elif name == "RUN":
                    done = subprocess.run(
                        ["sh", "-c", self.place(rest)],
                        cwd=self._work,
                        env={**outside, "PATH": f"{commands}:{os.environ['PATH']}"},
                        capture_output=True,
                        text=True,
                        check=False,
                    )
                    self.said += done.stdout + done.stderr
                    assert done.returncode == 0, f"RUN {rest}\n{self.said}"

    def _copy(self, *words: str) -> None:
        *sources, target = words
        for source in sources:
            to = self._work / target / ("" if (ROOT / source).is_dir() and target != "./" else Path(source).name)
            if (ROOT / source).is_file():
                shutil.copy(ROOT / source, to)
            else:
                shutil.copytree(ROOT / source, to, ignore=self._unneeded)

    def _unneeded(self, folder: str, names: list[str]) -> list[str]:
        inside = Path(folder).relative_to(ROOT)
        return [name for name in names if not in_context(str(inside / name), self._ignored)]

    def size(self) -> int:
        """Bytes of what the last stage copies from the others."""
        folders = [Path(self.place(rest.split()[1])) for rest in self._last.all("COPY")]
        files = (path for folder in folders for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
        return sum(path.stat().st_size for path in files)

    def environment(self) -> dict[str, str]:
        """The variables of the image, and no others."""
        variables = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
        for rest in self._last.all("ENV"):
            for pair in shlex.split(rest):
                name, _, value = pair.partition("=")
                variables[name] = self.place(value).replace("$PATH", variables["PATH"])
        return variables

    def start(self, *arguments: str, change: Callable[[str], str] = str, **pipes: object) -> subprocess.Popen:
        """Start the image as `docker run --read-only IMAGE ARGUMENTS` does."""
        return self._start([*self._last.words("ENTRYPOINT"), *arguments], change, pipes)

    def check_health(self, change: Callable[[str], str]) -> int:
        """Run the health check as Docker does, beside the service; return its exit code."""
        return self._start(self._last.words("HEALTHCHECK"), change, {}).wait(30)

    def _start(self, command: list[str], change: Callable[[str], str], pipes: dict[str, object]) -> subprocess.Popen:
        work = Path(self.place(self._last.all("WORKDIR")[-1]))
        work.mkdir(exist_ok=True)
        work.chmod(0o555)
        variables = self.environment()
        program = shutil.which(command[0], path=variables["PATH"])
        assert program, f"{command[0]} is not in {variables['PATH']}"
        command = [program, *map(change, command[1:])]
        if not may_mount():
            return subprocess.Popen(command, cwd=work, env=variables, **pipes)
        names = {
            "root": str(self.root),
            "work": str(work),
            "user": self._last.all("USER")[-1].partition(":")[0],
            "python": sys.base_prefix,
            "hidden": closed_folder(Path(sys.base_prefix)),
            "PATH": os.environ["PATH"],
        }
        assigned = [f"{name}={value}" for name, value in variables.items()]
        unshared = ["unshare", "--mount", "sh", "-c", NAMESPACE, "sh", *assigned, *command]
        return subprocess.Popen(unshared, cwd="/", env=names, **pipes)


def closed_folder(path: Path) -> str:
    """The topmost folder above a path that others than its owner may not enter; empty where there is none."""
    return next((str(each) for each in reversed(path.parents) if not each.stat().st_mode & 0o001), "")


def may_mount() -> bool:
    """Whether this process may make a file system of its own."""
    tools = all(shutil.which(tool) for tool in ("unshare", "setpriv", "mount"))
    command = ["unshare", "--mount", "mount", "--make-rprivate", "/"]
    return tools and os.getuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0
