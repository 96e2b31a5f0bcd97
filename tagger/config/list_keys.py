"""The keys of a configuration for lists of names."""

from typing import Annotated

from pydantic import Field

from tagger.config.section import Name, Section, Share


class ListConfig(Section):
    """A list of names of one type, such as cities, as an input.

    The network reads of each word whether it is the first, an inner, the last or the only word of a name in the list.
    Words are compared in lower case, and of several matches the leftmost and longest is taken. All names go into the
    model folder, as hashes.
    """

    files: Annotated[tuple[Name, ...], Field(min_length=1)]
    """Files of names, one a line, in UTF-8, compressed or not.
    A line that begins with `# ` is a comment."""
    dimension: Annotated[int, Field(ge=1)] = 8
    """Size of the embedding of a word's place in a name."""
    dropout: Share = 0.2
    """Share of the sentences of a training step that are read as if no name of this list were in them.
    The model must then recognise names by their words and context, and does not rely on the list alone."""
