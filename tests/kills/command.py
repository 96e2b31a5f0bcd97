"""The command behind `scripts/kill_test`: kills commands at random moments, gives them again, and compares."""

import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from killing import Moment, Run, run
from scenarios import SCENARIOS, Scenario, outcome, prepare

_SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGINT, signal.SIGTERM)
_MOST_KILLS_IN_A_ROW = 4


class KillTest:
    """Unbroken runs of the scenarios, and broken ones that are compared with them."""

    def __init__(self, place: Path, seed: int) -> None:
        self._place, self._random, self._seed = place, random.Random(seed), seed
        self._unbroken: dict[str, tuple[dict[str, object], Run]] = {}
        self.kills: Counter[str] = Counter()
        self.failures: list[str] = []
        prepare(place / "prepared")
        _must_end_well(
            run(
                ["convert", "train=train.tsv", "dev=dev.tsv", "--columns", "token,upos,ner", "--to", "corpus"],
                place / "prepared",
            )
        )
        shutil.copytree(place / "prepared", place / "first")
        _must_end_well(run(SCENARIOS["train"].command, place / "first"))

    def break_one(self, name: str) -> None:
        """Run a scenario, kill it once or several times, end it, and compare with the unbroken run."""
        scenario = SCENARIOS[name]
        if name not in self._unbroken:
            folder = self._begin(scenario)
            ended = run(scenario.command, folder)
            _must_end_well(ended)
            self._unbroken[name] = outcome(folder), ended
        expected, unbroken = self._unbroken[name]
        folder = self._begin(scenario)
        command, story = scenario.command, []
        for _ in range(self._random.choice(range(1, _MOST_KILLS_IN_A_ROW + 1))):
            moment = self._moment(scenario, unbroken)
            with_signal = self._random.choice(_SIGNALS)
            ended = run(command, folder, moment, with_signal)
            story.append(f"{' '.join(command)}: {with_signal.name} at {moment}: exit code {ended.code}")
            if ended.code is None:
                self.kills[name] += 1
            elif ended.code:
                return self._fail(name, [*story, ended.said[-2000:]])
            command = scenario.again
        ended = run(command, folder)
        if ended.code != 0:
            return self._fail(name, [*story, f"{' '.join(command)}: exit code {ended.code}", ended.said[-2000:]])
        found = outcome(folder)
        differing = sorted(key for key in {*expected, *found} if expected.get(key) != found.get(key))
        if differing:
            return self._fail(name, [*story, f"differs from the unbroken run: {', '.join(differing)}"])
        return None

    def _begin(self, scenario: Scenario) -> Path:
        folder = self._place / "run"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self._place / "prepared", folder)
        for command in scenario.before:
            _must_end_well(run(command, folder))
        return folder

    def _moment(self, scenario: Scenario, unbroken: Run) -> Moment:
        if scenario.spawns or self._random.random() < 0.2:
            return Moment(seconds=self._random.uniform(0.01, unbroken.seconds))
        return Moment(operation=self._random.randint(1, max(1, unbroken.operations)))

    def _fail(self, name: str, story: list[str]) -> None:
        self.failures.append("\n  ".join([f"{name} (seed {self._seed})", *story]))


def _must_end_well(ended: Run) -> None:
    if ended.code != 0:
        raise RuntimeError(f"a run that nobody killed ended with exit code {ended.code}:\n{ended.said}")


def import_everything() -> None:
    """Import what the commands need, without starting TensorFlow."""
    import tagger.cli
    import tagger.corpus.convert
    import tagger.export.onnx_folder
    import tagger.training.eight_bits
    import tagger.training.train  # noqa: F401


def kill_test(
    kills: Annotated[int, typer.Option(help="How many kills.")] = 20,
    seed: Annotated[int, typer.Option(help="Another seed gives other moments.")] = 1,
    only: Annotated[str, typer.Option(help="Only the scenarios whose name holds this.")] = "",
    quick: Annotated[bool, typer.Option("--quick", help="Leave out several models, workers and Ray.")] = False,
) -> None:
    """Kill commands at random moments, give them again, and compare what they wrote with an unbroken run."""
    names = [name for name, each in SCENARIOS.items() if only in name and not (quick and each.is_slow)]
    if not names:
        raise typer.BadParameter(f"no scenario's name holds {only!r}; there are {', '.join(SCENARIOS)}")
    import_everything()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tagger-kills-") as place:
        test = KillTest(Path(place), seed)
        chooser = random.Random(seed)
        while test.kills.total() < kills:
            name = chooser.choices(names, [SCENARIOS[each].weight for each in names])[0]
            before = len(test.failures)
            test.break_one(name)
            for failure in test.failures[before:]:
                typer.echo(failure, err=True)
            typer.echo(f"{test.kills.total():6,} of {kills:,}  {name}", err=True)
    for name in names:
        typer.echo(f"{test.kills[name]:6,}  {name}")
    typer.echo(
        f"{test.kills.total():6,}  kills in {time.monotonic() - started:.0f} s, after which {len(test.failures):,} "
        "runs were not as an unbroken one"
    )
    raise typer.Exit(bool(test.failures))


if __name__ == "__main__":
    typer.run(kill_test)
