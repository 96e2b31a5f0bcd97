"""What can go wrong in a way a user can mend: one message that says what, where, and what to do."""


class TaggerError(Exception):
    """Base of every error that a user of tagger is meant to read; the command prints its message alone."""

    exit_code = 1
    """What the command ends with."""


class DataError(TaggerError):
    """A text, an annotated file or a corpus is not as it must be; the message names the file and the place in it."""


class ConfigError(TaggerError):
    """A configuration has an unknown key or a value out of range; the message names the key."""


class ModelError(TaggerError):
    """A model folder is missing, incomplete, or does not fit what is asked of it."""


class MissingPackageError(TaggerError):
    """A package or a data file that this step needs is not installed; the message says how to get it."""


class WorkerLostError(TaggerError):
    """Another of several workers that train together has ended; all of them can go on from the last checkpoint."""

    exit_code = 75
    """As sysexits.h has it: a failure that may not come again."""


class ExportError(TaggerError):
    """A network cannot be written in the format that was asked for; the message names the part that cannot."""
