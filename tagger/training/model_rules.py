"""The rules that a configuration puts beside the network, as its model folder has them."""

from pathlib import Path

from tagger.config.schema import Config
from tagger.files import write_file
from tagger.model.folder import TAGGING_RULES_FILE
from tagger.network.saved_weights import writing
from tagger.runtime.ruled_predictor import rules_with_tasks
from tagger.text.rule_file import read_rules, rules_toml
from tagger.text.rules import Rule, RuleMatcher


def rules_of_config(config: Config) -> tuple[Rule, ...]:
    """Return the rules that a configuration names; none where it names none.

    Raises ConfigError for rules that are wrong, or do not fit its tasks.
    """
    if not config.rules.file:
        return ()
    rules = rules_with_tasks(
        read_rules(config.rules.file), {task: each.scheme or None for task, each in config.tasks.items()}
    )
    RuleMatcher(rules)
    return rules


def write_rules(rules: tuple[Rule, ...], folder: Path) -> None:
    """Write rules into a model folder, whole, so that tagging reads no other file."""
    if rules:
        with writing(folder):
            write_file(folder / TAGGING_RULES_FILE, rules_toml(rules))
