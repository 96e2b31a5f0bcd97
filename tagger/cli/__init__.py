"""The command line."""

from tagger.cli.app import main

__all__ = ["main"]
