"""Arguments and options that several commands share, and how their values are read."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from tagger.errors import ConfigError
from tagger.model.score_settings import EVERY_LABEL
from tagger.text.column_names import column_list
from tagger.text.format_names import OFFSETS


def complete_model(incomplete: str) -> list[str]:
    """Names of installed models that begin with what was typed, for shell completion.

    Shells complete paths themselves.
    """
    from tagger.model.shipped_models import known_names

    return [name for name in known_names() if name.startswith(incomplete)]


def complete_one_of(*values: str) -> Callable[[str], list[str]]:
    """Return a function for shell completion: the values that begin with what was typed."""
    return lambda incomplete: [value for value in values if value.startswith(incomplete)]


ModelArgument = Annotated[
    str,
    typer.Argument(
        help="A model folder, a zip file, an https address, or a name that tagger models lists.",
        autocompletion=complete_model,
    ),
]
ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="A model folder, a zip file, an https address, or a name that tagger models lists; english by default.",
        autocompletion=complete_model,
    ),
]
LinesOption = Annotated[
    bool, typer.Option("--lines", help="Each line is a separate text, such as a tweet or a headline.")
]
CorpusArgument = Annotated[Path, typer.Argument(help="A corpus folder, or the folder of a recipe with its data.")]
SplitOption = Annotated[str, typer.Option("--split", help="The split to tag and score.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
LabelsOption = Annotated[
    str | None,
    typer.Option(
        help="The names of ids that JSON has as tags: a file with one a line, the first is id 0; or KEY=FILE for each "
        "key, such as ner_tags=names.txt."
    ),
]
OffsetsOption = Annotated[
    str | None,
    typer.Option(
        help="What the offsets of spans count: characters, utf-16, bytes, crlf (line breaks of another system), or "
        "characters with an inclusive end.",
        autocompletion=complete_one_of(*OFFSETS),
    ),
]
RulesOption = Annotated[
    str | None,
    typer.Option("--rules", help="A file of rules, phrases and patterns by label, that decide beside the model."),
]
TrustCodeOption = Annotated[
    bool,
    typer.Option("--trust-code", help="Import the cell that the model's configuration names; any code may run."),
]
MinScoreOption = Annotated[
    list[str] | None,
    typer.Option(
        help="Leave out spans with a lower probability: 0.8, or for one label PER=0.9; repeatable. 0 leaves out "
        "none, whatever thresholds the model has; its penalty on O stays.",
        metavar="[LABEL=]P",
    ),
]
OverwriteOption = Annotated[bool, typer.Option(help="Replace what exists at the output.")]


def named_value(pair: str, example: str) -> tuple[str, str]:
    """Split NAME=VALUE. Raises ConfigError, which shows the example, for anything else."""
    name, equals, value = pair.partition("=")
    if not (name and equals and value):
        raise ConfigError(f"'{pair}': write it as {example}")
    return name, value


def named_values(option: str | None, example: str) -> dict[str, str] | None:
    """The NAME=VALUE pairs of an option, separated by commas.

    None where the option was not given. Raises ConfigError, which shows the example, for a wrong pair.
    """
    return dict(named_value(pair, example) for pair in option.split(",")) if option else None


def column_names(option: str | None) -> tuple[str, ...] | None:
    """The names in `--columns`; None where it was not given."""
    return column_list(option) if option else None


def label_files(option: str | None) -> str | dict[str, str] | None:
    """The file in `--labels`, or the files by key."""
    return named_values(option, "KEY=FILE, such as ner_tags=names.txt") if option and "=" in option else option


def column_separator(option: str | None) -> str | None:
    """The value of `--separator`, in which a shell user may write a TAB as \\t."""
    return option.replace("\\t", "\t") if option else None


def min_scores(option: list[str] | None) -> dict[str, float] | None:
    """The least probabilities in `--min-score`, by label; None where it was not given. Raises ConfigError."""
    found: dict[str, float] = {}
    for each in option or ():
        label, _, value = each.rpartition("=")
        try:
            found[label or EVERY_LABEL] = float(value)
        except ValueError:
            raise ConfigError(f"--min-score {each}: write it as 0.8, or as LABEL=0.8 for one label") from None
    return found or None
