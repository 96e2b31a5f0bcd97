"""The rules that a configuration puts beside the network, as its model folder has them."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from tagger.config.schema import Config
from tagger.errors import ConfigError
from tagger.files import write_file
from tagger.model.folder import TAGGING_RULES_FILE
from tagger.network.saved_weights import writing
from tagger.runtime.ruled_predictor import rules_with_tasks
from tagger.text.rule_file import MOST_BYTES, read_rules, rules_toml
from tagger.text.rules import Rule, RuleMatcher
from tagger.training.initial_model import open_tagger


def rules_of_config(config: Config) -> tuple[Rule, ...]:
    """Return the rules that a configuration names; none where it names none.

    Of the rules of the model with which training begins, those of tasks that are dropped are left out. Raises
    ConfigError for rules that are wrong, do not fit its tasks, or are more than a model folder may have.
    """
    return _rules_and_dropped(config)[0]


def doubts_about_rules(config: Config) -> Iterator[str]:
    """Yield which rules of the model with which a configuration begins are left out."""
    dropped = _rules_and_dropped(config)[1]
    if dropped:
        tasks = ", ".join(dict.fromkeys(rule.task for rule in dropped))
        yield (
            f"{len(dropped):,} of the rules of {config.init.model} {'is' if len(dropped) == 1 else 'are'} left out: "
            f"they are of {tasks}, which is not learned"
        )


def has_rules_of(config: Config, folder: Path) -> bool:
    """Return whether a model folder has the rules that a configuration names, or the configuration names none."""
    if not config.rules.file:
        return True
    rules, path = rules_of_config(config), folder / TAGGING_RULES_FILE
    if not path.is_file():
        return not rules
    return path.read_text(encoding="utf-8") == rules_toml(rules)


def _rules_and_dropped(config: Config) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    """Return the rules of a configuration, and those that it leaves out."""
    if not config.rules.file:
        return (), ()
    rules, dropped = read_rules(config.rules.file), []
    try:
        if (theirs := _schemes_of_beginning(config)) is not None:
            rules = rules_with_tasks(rules, theirs)
            dropped = [rule for rule in rules if rule.task not in config.tasks]
            rules = tuple(rule for rule in rules if rule.task in config.tasks)
        rules = rules_with_tasks(rules, {task: each.scheme or None for task, each in config.tasks.items()})
        RuleMatcher(rules)
    except ConfigError as error:
        raise ConfigError(f"{config.rules.file}: {error}") from None
    size = len(rules_toml(rules).encode("utf-8"))
    if size > MOST_BYTES:
        raise ConfigError(
            f"{config.rules.file}: its rules, with the phrases of all files, have {size / (1 << 20):.1f} MiB, and a "
            f"model folder may have {MOST_BYTES >> 20}: leave some out, or give them with tagger tag --rules"
        )
    return rules, tuple(dropped)


def _schemes_of_beginning(config: Config) -> Mapping[str, str | None] | None:
    """Return the schemes of the model with which training begins, if the rules are that model's own."""
    if not config.init.model or Path(config.rules.file).name != TAGGING_RULES_FILE:
        return None
    folder = open_tagger(config.init.model)
    is_own = Path(config.rules.file).resolve() == (folder.path / TAGGING_RULES_FILE).resolve()
    return folder.schemes if is_own else None


def write_rules(rules: tuple[Rule, ...], folder: Path) -> None:
    """Write rules into a model folder, whole, so that tagging reads no other file."""
    if rules:
        with writing(folder):
            write_file(folder / TAGGING_RULES_FILE, rules_toml(rules))
