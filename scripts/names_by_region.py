"""How many persons' names of each region of origin a model finds.

    python scripts/names_by_region.py                       # the English model that comes with the install
    python scripts/names_by_region.py models/english-8bit

Puts the names of `names_by_region.toml`, 50 a region, into each of its sentences, tags them from the raw text, and
prints a table in Markdown: of each region, the share of the names that the model marks as `PER` with the right
beginning and end, as they are written and with everything in lower case.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

from tagger.documents import parse_toml
from tagger.errors import DataError, ModelError, TaggerError
from tagger.runtime.tagger import Tagger, load
from tagger.text.sentence import Sentence

NAMES_FILE = Path(__file__).with_suffix(".toml")
NAMES_A_REGION = 50
PERSON = "PER"
TASK = "ner"
ALL = "all regions"

ReadText = Callable[[str], Iterable[Sentence]]
"""Tags a text: sentences whose offsets count the characters of the text, with a task `ner`. A `Tagger` is one."""


@dataclass(frozen=True)
class RegionalNames:
    """Sentences with `{name}` in the place of a name, and the names of each region."""

    templates: Sequence[str]
    regions: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Recall:
    """How many of a number of names were found."""

    right: int
    names: int

    def __add__(self, other: "Recall") -> "Recall":
        return Recall(self.right + other.right, self.names + other.names)

    def __str__(self) -> str:
        """The share of the names that were found, in percent."""
        return f"{100 * self.right / self.names:.1f}"


@dataclass(frozen=True)
class RegionRow:
    """What was found of the names of a region, as they are written and in lower case."""

    region: str
    written: Recall
    lower: Recall


def read_names(path: Path = NAMES_FILE) -> RegionalNames:
    """Read the names and the sentences.

    Raises DataError where a region has not `NAMES_A_REGION` names, a name stands twice, or a sentence has not one
    `{name}`.
    """
    try:
        content = parse_toml(path.read_text(encoding="utf-8"))
        templates, lists = tuple(content["templates"]), content["regions"]
    except (KeyError, ValueError) as error:
        raise DataError(f"{path}: no file of names by region: {error}") from None
    for template in templates:
        if [field for _, field, _, _ in Formatter().parse(template) if field is not None] != ["name"]:
            raise DataError(f"{path}: {template!r} must have {{name}} once and no other braces")
    regions: dict[str, tuple[str, ...]] = {}
    region_of: dict[str, str] = {}
    for region, text in lists.items():
        regions[region] = tuple(" ".join(name.split()) for name in text.split(","))
        if len(regions[region]) != NAMES_A_REGION:
            raise DataError(f"{path}: {region!r} has {len(regions[region])} names: write {NAMES_A_REGION}")
        for name in regions[region]:
            if not name:
                raise DataError(f"{path}: {region!r} has an empty name: two commas without a name between them")
            if name in region_of:
                raise DataError(f"{path}: {name!r} of {region!r} stands in {region_of[name]!r} too: write another one")
            region_of[name] = region
    return RegionalNames(templates, regions)


def filled(names: Sequence[str], templates: Sequence[str], *, lower: bool = False) -> tuple[str, list[tuple[int, int]]]:
    """Return a text with each name in each sentence, and the beginning and the end of each name in it.

    Each sentence is a paragraph of its own. With `lower`, all of the text is in lower case.
    """
    parts: list[str] = []
    places: list[tuple[int, int]] = []
    at = 0
    for name in names:
        for template in templates:
            before, after = template.split("{name}")
            here, before, after = (part.lower() if lower else part for part in (name, before, after))
            places.append((at + len(before), at + len(before) + len(here)))
            parts.append(before + here + after + "\n\n")
            at += len(parts[-1])
    return "".join(parts), places


def recall(read: ReadText, names: Sequence[str], templates: Sequence[str], *, lower: bool = False) -> Recall:
    """Tag each name in each sentence, and count those that are marked as persons from their beginning to their end."""
    text, places = filled(names, templates, lower=lower)
    persons = {
        (span.start, span.end) for sentence in read(text) for span in sentence.spans(TASK) if span.label == PERSON
    }
    return Recall(len(persons.intersection(places)), len(places))


def region_rows(read: ReadText, lists: RegionalNames) -> Iterator[RegionRow]:
    """Yield what is found of the names of each region, and at last of all together."""
    total = RegionRow(ALL, Recall(0, 0), Recall(0, 0))
    for region, names in lists.regions.items():
        written, lower = (recall(read, names, lists.templates, lower=lower) for lower in (False, True))
        total = RegionRow(ALL, total.written + written, total.lower + lower)
        yield RegionRow(region, written, lower)
    yield total


def region_table(read: ReadText) -> list[str]:
    """Return the lines of a table in Markdown of the names that are found, by region, with a line that explains it."""
    lists = read_names()
    count = len(lists.templates)
    return [
        f"Names of persons, {NAMES_A_REGION} a region, in {count} sentences each: the percentage that is marked as",
        f"`{PERSON}` with the right beginning and end, from raw text (`scripts/names_by_region.py`).",
        "",
        "| names from | as written | in lower case |",
        "| --- | ---: | ---: |",
        *(f"| {row.region} | {row.written} | {row.lower} |" for row in region_rows(read, lists)),
    ]


def named_model(model: str, *tasks: str) -> Tagger:
    """Load a model that finds names, and has these tasks too. Raises ModelError where it does not."""
    tagger = load(model)
    for task in (TASK, *tasks):
        if task not in tagger.tasks:
            raise ModelError(f"{model} has no task {task!r}, only {', '.join(tagger.tasks)}: name a model that has it")
    return tagger


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", default="english", help="a folder, or a name that `tagger models` lists")
    try:
        print("\n".join(region_table(named_model(parser.parse_args().model))))
    except TaggerError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
