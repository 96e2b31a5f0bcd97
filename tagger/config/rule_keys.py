"""The keys of a configuration for rules beside the network."""

from tagger.config.section import Section


class RulesConfig(Section):
    """Rules beside the network: phrases and regular expressions, each with the label that it gives.

    Training does not read them: they go into the model folder, and decide when it tags.
    """

    file: str = ""
    """File of rules, in TOML; its phrases are written into the model folder. Empty has none."""
