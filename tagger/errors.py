"""Errors that a user can act on: each message says what is wrong, where, and what to do."""


class TaggerError(Exception):
    """Base of all errors meant for users.

    The command prints the message alone, without a traceback.
    """

    exit_code = 1
    """Exit code of the command."""


class DataError(TaggerError):
    """A text, annotated file, corpus or output folder is wrong.

    The message names the file and the place in it.
    """


class EmptyFileError(DataError):
    """A file is whole, but holds nothing of what was asked for."""


class ConfigError(TaggerError):
    """A configuration or an option is unknown, out of range or in conflict with another.

    The message names the key or option.
    """


class ModelError(TaggerError):
    """A model folder is missing or damaged, or the model cannot do what is asked of it."""


class MissingPackageError(TaggerError):
    """A package or data file that a step needs is not installed; the message says how to get it."""


class WorkerLostError(TaggerError):
    """Another worker of a distributed training has ended.

    Training can resume from the last checkpoint.
    """

    exit_code = 75
    """EX_TEMPFAIL of sysexits.h: a failure that may not happen again."""


class ExportError(TaggerError):
    """A network cannot be written in an export format; the message names the part that cannot."""
