"""The configuration of a training run: its schema, and reading it from a file."""
