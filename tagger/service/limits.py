"""What a client may ask for, and for how long: the limits of the service, with their defaults."""

from dataclasses import dataclass

from tagger.errors import ConfigError

MAX_HEAD_BYTES = 32_768
"""Bytes of the head of a request, its address and headers."""
HELD_REQUESTS = 64
"""How many requests of the greatest size may be in memory at a time before they were read whole."""


@dataclass(frozen=True)
class Limits:
    """The limits of one worker process; times are in seconds."""

    max_bytes: int = 2_000_000
    """Bytes of the body of a request."""
    max_characters: int = 500_000
    """Characters of one text."""
    max_texts: int = 1000
    """Texts, or sentences of words, in a request."""
    max_in_flight: int = 256
    """Requests that are tagged or wait for it."""
    max_connections: int = 1000
    """Open connections."""
    read_seconds: float = 10.0
    """For the head of a request, for its body, and between two pieces of a stream."""
    answer_seconds: float = 30.0
    """From the last byte of a request to the answer."""
    write_seconds: float = 10.0
    """For a client to take the next part of its answer."""
    idle_seconds: float = 60.0
    """How long a connection may be open without a request."""
    grace: float = 10.0
    """For what is in work when the service is told to stop."""

    def __post_init__(self) -> None:
        """Raise ConfigError, which names the option, for a limit that lets nothing through."""
        for name, value in vars(self).items():
            if value < 0 or (value == 0 and name != "grace"):
                raise ConfigError(f"--{name.replace('_', '-')} {value}: give a number above 0")
