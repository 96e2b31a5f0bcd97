"""Pages of the documentation as the commands, programs and files that they show.

Every fenced block of a page is one of these:

- `sh`: run by bash, in a folder that all blocks of a page share; `sh exit=1` where it must fail with that code
- `python`: run by Python there, with the variables of the page's earlier `python` blocks
- any block with `title="NAME"`: written to that file
- `text` right after an `sh` or `python` block: what that block prints, standard output and standard error together.
  `…` stands for any text, and alone on a line for any number of lines
- a service that a block starts in the background writes its process id to `NAME.pid`, so that a test can end it, and
  listens at port 8000, in whose place a test has a free one
- everything else is only shown

A comment right before a block says what a test must know of it:

    <!-- test: skip REASON -->        not run
    <!-- test: needs PATH -->         not run where this path of the checkout, or this package or program, is missing
    <!-- test: with NAME=VALUE -->    run with this variable in its environment
    <!-- test: numbers vary -->       each number of the output stands for any number
    <!-- test: uses quickstart -->    data/sample and models/sample are there, as scripts/quickstart leaves them
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"

FENCE = re.compile(r"^```(?P<language>\w*)(?P<options>[^\n`]*)$")
COMMENT = re.compile(r"^<!-- test: (?P<words>.*) -->$")
NUMBER = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?")


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, options and content, the comments before it, and the line where it begins."""

    language: str
    options: str
    content: str
    comments: tuple[str, ...]
    line: int
    follows_code: bool
    """Whether only blank lines and comments stand between it and the `sh` or `python` block before it."""

    @property
    def title(self) -> str:
        """The file that the block is the content of; empty where it is none."""
        match = re.search(r'title="([^"]+)"', self.options)
        return match[1] if match else ""

    @property
    def exit_code(self) -> int:
        """The exit code that an `sh` block must have."""
        match = re.search(r"\bexit=(\d+)", self.options)
        return int(match[1]) if match else 0

    @property
    def is_code(self) -> bool:
        """Whether the block is to be run."""
        return self.language in ("sh", "python") and not self.title

    def told(self, word: str) -> str | None:
        """What a comment says after `word`; None where no comment begins with it."""
        return next((text[len(word) :].strip() for text in self.comments if text.startswith(word)), None)


def pages() -> list[Path]:
    """README.md and every page of the site that is written by hand."""
    return [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


def blocks_of(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    comments: list[str] = []
    after_code, inside, lines, start = False, None, [], 0
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        if inside is not None:
            if line.strip() == "```":
                content = "".join(f"{each}\n" for each in lines)
                block = Block(inside["language"], inside["options"], content, tuple(comments), start, after_code)
                yield block
                after_code, inside, comments = block.is_code, None, []
            else:
                lines.append(line)
        elif fence := FENCE.match(line):
            inside, lines, start = fence, [], number
        elif comment := COMMENT.match(line):
            comments.append(comment["words"])
        elif line.strip():
            after_code = False
    if inside is not None:
        raise ValueError(f"{page}:{start}: the block has no end")


def uses_quickstart(page: Path) -> bool:
    """Whether a page builds on what `scripts/quickstart` leaves."""
    return "<!-- test: uses quickstart -->" in page.read_text(encoding="utf-8")


def difference(shown: str, printed: str, *, numbers_vary: bool = False) -> str:
    """Why what a block printed is not what the page shows; empty where it is."""
    expected = [_trimmed(line) for line in shown.splitlines() if _trimmed(line)]
    found = [_trimmed(line) for line in printed.splitlines() if _trimmed(line)]
    pattern = "".join(r"(?:.*\n)*?" if line == "…" else _line_pattern(line, numbers_vary) + r"\n" for line in expected)
    if re.fullmatch(pattern, "".join(f"{line}\n" for line in found)):
        return ""
    return "the page shows\n\n" + "\n".join(expected) + "\n\nbut this was printed:\n\n" + "\n".join(found)


def _trimmed(line: str) -> str:
    """A line with runs of spaces as one: tables are as wide as their numbers."""
    return " ".join(line.split())


def _line_pattern(line: str, numbers_vary: bool) -> str:
    parts = []
    for part in line.split("…"):
        if numbers_vary:
            parts.append(NUMBER.pattern.join(re.escape(text) for text in NUMBER.split(part)))
        else:
            parts.append(re.escape(part))
    return ".*".join(parts)
