"""`python -m tagger`, for where the command itself is not on the path."""

from tagger.cli import main

main()
