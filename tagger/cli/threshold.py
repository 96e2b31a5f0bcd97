"""`tagger threshold`: which spans a model is sure enough of, and whether its probabilities can be believed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from tagger.cli.options import JsonOption, ModelArgument, OverwriteOption, SplitOption, TrustCodeOption
from tagger.cli.output import print_json, result_console, say
from tagger.errors import ConfigError

TABLE = (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
"""The thresholds of the table that is printed where nothing is to be chosen."""


def threshold_command(
    model: ModelArgument,
    corpus: Annotated[Path | None, typer.Argument(help="A corpus folder; not needed with --remove.")] = None,
    *,
    precision: Annotated[
        float | None, typer.Option(min=0, max=1, help="Leave out the fewest spans that leave this precision.")
    ] = None,
    recall: Annotated[
        float | None, typer.Option(min=0, max=1, help="Leave out spans so that precision is highest with this recall.")
    ] = None,
    cover: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Find more spans, until this share of the gold ones is covered by any."),
    ] = None,
    f1: Annotated[bool, typer.Option("--f1", help="Leave out spans so that F1 is highest.")] = False,
    by_label: Annotated[bool, typer.Option("--by-label", help="Choose a threshold for each label.")] = False,
    calibrate: Annotated[
        bool, typer.Option("--calibrate", help="Fit a temperature, so that a probability is the share that is right.")
    ] = False,
    split: SplitOption = "dev",
    output: Annotated[
        Path | None, typer.Option(help="Keep what was chosen in a copy of the model, and leave the model as it is.")
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Remove what was chosen before.")] = False,
    json: JsonOption = False,
    overwrite: OverwriteOption = False,
    trust_code: TrustCodeOption = False,
) -> None:
    """Choose thresholds of spans, or calibrate probabilities, on annotated sentences; the model keeps them."""
    from tagger.corpus.read import open_corpus
    from tagger.evaluation.choose_settings import choose_settings, threshold_figures
    from tagger.evaluation.threshold_choice import Wanted
    from tagger.model.folder import open_model
    from tagger.model.keep_settings import check_may_keep, keep_settings
    from tagger.runtime.tagger import load

    chosen_ways = [precision is not None, recall is not None, cover is not None, f1]
    if sum(chosen_ways) > 1:
        raise ConfigError("--precision, --recall, --cover and --f1 are four ways to choose: give one of them")
    choosing = any(chosen_ways) or calibrate
    if remove:
        if choosing or by_label:
            raise ConfigError("--remove goes alone, without what is to be chosen")
        keep_settings(model, {}, {}, output, overwrite=overwrite)
        say(f"{output or model} has no thresholds and no temperature")
        return
    if by_label and not any(chosen_ways):
        raise ConfigError("--by-label goes with --precision, --recall or --f1: say what each label's threshold is for")
    if output is not None and not choosing:
        raise ConfigError(
            "--output keeps what is chosen: add --precision, --recall, --cover, --f1 or --calibrate, or leave it out"
        )
    if corpus is None:
        raise typer.BadParameter("give a corpus folder", param_hint="CORPUS")
    folder = check_may_keep(model, output, overwrite=overwrite) if choosing else None
    tagger = load(model, trust_code=trust_code, min_score=0, outside_penalty=0)
    with open_corpus(corpus) as opened:
        if folder is None:
            _print_table(threshold_figures(tagger, opened, split, TABLE), split, as_json=json)
            return
        wanted = Wanted(precision, recall, cover) if any(chosen_ways) else None
        kept = open_model(folder).score_settings
        found = choose_settings(tagger, opened, split, kept=kept, wanted=wanted, by_label=by_label, calibrate=calibrate)
        report = {"corpus": opened.name or opened.directory.name, **found.report}
    keep_settings(model, found.settings, report, output, overwrite=overwrite)
    for remark in found.remarks:
        say(f"warning: {remark}")
    if json:
        print_json(report)
    else:
        _print_choice(report)
    say(f"wrote {output or model}")


def _print_table(tasks: Mapping[str, Mapping[float, Any]], split: str, *, as_json: bool) -> None:
    """Print the figures at each threshold."""
    from dataclasses import asdict

    from rich import box
    from rich.table import Table

    from tagger.tables import FullWidthTable, percent

    if as_json:
        rows = {
            task: [
                {"min_score": least, **asdict(figures), "spans": left} for least, (figures, left) in by_least.items()
            ]
            for task, by_least in tasks.items()
        }
        print_json({"split": split, "tasks": rows})
        return
    for task, by_least in tasks.items():
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=f"{split} {task}", title_justify="left")
        for name in ("min score", "precision", "recall", "f1", "spans left"):
            table.add_column(name, justify="right", no_wrap=True)
        for least, (figures, left) in by_least.items():
            shares = map(percent, (figures.precision, figures.recall, figures.f1))
            table.add_row(f"{least:g}", *shares, f"{left:,}")
        result_console().print(FullWidthTable(table), soft_wrap=True, highlight=False)


def _print_choice(report: Mapping[str, Any]) -> None:
    """Print what was chosen, and what it does on each split."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from tagger.tables import FullWidthTable, percent

    console = result_console()
    for task, about in report["tasks"].items():
        if "temperature" in about:
            console.print(Text(f"{task}: temperature {about['temperature']:g}"), soft_wrap=True)
        if about.get("outside_penalty"):
            console.print(Text(f"{task}: penalty on O {about['outside_penalty']:g}"), soft_wrap=True)
        for label, choice in about.get("thresholds", {}).items():
            missed = "" if choice["reached"] else f", where {report['wanted']} is not reached"
            which = "" if label == "*" else f" of {label}"
            console.print(Text(f"{task}: least score{which} {choice['least']:g}{missed}"), soft_wrap=True)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("split", "task", ""):
        table.add_column(name, no_wrap=True)
    for name in ("before", "after"):
        table.add_column(name, justify="right", no_wrap=True)
    for split, tasks in report["measured"].items():
        for task, figures in tasks.items():
            for what in ("precision", "recall", "f1", "cover") if "wanted" in report and "spans" in figures else ():
                values = (percent(figures["spans"][when][what]) for when in ("before", "after"))
                table.add_row(split, Text(task), what, *values)
            for what, name in (("tags", "calibration error of tags"), ("spans", "calibration error of spans")):
                pair = [figures["calibration_error"][when][what] for when in ("before", "after")]
                if "temperature" in report["tasks"][task] and pair[0] is not None:
                    table.add_row(split, Text(task), name, *map(percent, pair))
    console.print(FullWidthTable(table), soft_wrap=True, highlight=False)
