"""The configuration: every key with its type and meaning, and reading it from a TOML file."""
