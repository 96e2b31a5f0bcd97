"""Cells by name: of this package, of installed packages, or by import path."""

import difflib
import importlib
import inspect
from collections.abc import Callable, Mapping
from importlib.metadata import entry_points

from tagger.backend import tf
from tagger.errors import ConfigError
from tagger.network.cells.attention import AttentionCellWrapper
from tagger.network.cells.basic_rnn import BasicRNNCell
from tagger.network.cells.coupled_lstm import CoupledInputForgetGateLSTMCell
from tagger.network.cells.grid_lstm import Grid2LSTMCell, GridLSTMCell
from tagger.network.cells.gru import GRUCell
from tagger.network.cells.initializers import seed_of
from tagger.network.cells.layer_norm import LayerNormBasicLSTMCell, LayerNormGRUCell
from tagger.network.cells.lstm import BasicLSTMCell, LSTMCell
from tagger.network.cells.lstm_block import LSTMBlockCell
from tagger.network.cells.protocol import Cell
from tagger.network.cells.time_freq_lstm import TimeFreqLSTMCell
from tagger.network.cells.weighted_gru import WeightedGRUCell

ENTRY_POINTS = "tagger.cells"


def make_cell(
    name: str, units: int, *, dtype: tf.DType = tf.float32, seed: int | None = None, **options: object
) -> Cell:
    """A new cell of `units` units.

    `name` is one of `CELLS` ("lstm", "LSTM" and "LSTMCell" are the same), an entry point of the group `tagger.cells`,
    or an import path "package.module:Class". `dtype` and `seed` are passed to cells that have these arguments. Raises
    ConfigError where there is no such cell or the cell has no such option.
    """
    cell = find_cell(name)
    try:
        parameters = inspect.signature(cell).parameters
    except (TypeError, ValueError):
        raise ConfigError(f"{name!r} is no class of cells: see docs/cells.md") from None
    takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
    given = {key: value for key, value in {"dtype": dtype, "seed": seed}.items() if key in parameters or takes_any}
    for option in options:
        if not takes_any and option not in parameters:
            raise ConfigError(f"cell {name!r} has no option {option!r}{_nearest(option, list(parameters)[1:])}")
    try:
        made = cell(units, **given, **options)
    except TypeError as error:
        raise ConfigError(f"cell {name!r} cannot be made of {units} units: {error}") from error
    protocol = ("state_size", "output_size", "zero_state", "__call__")
    missing = [part for part in protocol if inspect.getattr_static(made, part, None) is None]
    if missing:
        raise ConfigError(f"{name!r} is no recurrent cell, for it has no {missing[0]}: see docs/cells.md")
    return made


def find_cell(name: str) -> Callable[..., Cell]:
    """The class or function that makes a cell of this name; ConfigError where there is none."""
    if ":" in name:
        return _imported(name)
    if cell := _built_in(name):
        return cell
    offered = {entry.name: entry for entry in entry_points(group=ENTRY_POINTS)}
    for key, entry in offered.items():
        if _bare_name(name) == _bare_name(key):
            return _imported(entry.value)
    raise ConfigError(f"unknown cell {name!r}{_nearest(name, [*CELLS, *offered])}; or give 'package.module:Class'")


def foreign_cell(name: str, options: Mapping[str, object]) -> str | None:
    """What `make_cell` would import for this cell and its options; None where all cells are of this package.

    Nothing is imported to find out.
    """
    inner = options.get("cell")
    for each in (name, *([inner] if isinstance(inner, str) else ())):
        if ":" in each or not _built_in(each):
            return each
    return None


def attention_cell(
    num_units: int,
    cell: str = "lstm",
    attn_length: int = 5,
    attn_size: int | None = None,
    attn_vec_size: int | None = None,
    *,
    dtype: tf.DType = tf.float32,
    seed: int | None = None,
) -> AttentionCellWrapper:
    """An AttentionCellWrapper around a new cell of this name."""
    inner = make_cell(cell, num_units, dtype=dtype, seed=seed_of(seed, "inner cell"))
    return AttentionCellWrapper(inner, attn_length, attn_size, attn_vec_size, seed=seed)


CELLS: dict[str, Callable[..., Cell]] = {
    "basic_rnn": BasicRNNCell,
    "gru": GRUCell,
    "basic_lstm": BasicLSTMCell,
    "lstm": LSTMCell,
    "lstm_block": LSTMBlockCell,
    "coupled_lstm": CoupledInputForgetGateLSTMCell,
    "time_freq_lstm": TimeFreqLSTMCell,
    "grid_lstm": GridLSTMCell,
    "grid2_lstm": Grid2LSTMCell,
    "layer_norm_lstm": LayerNormBasicLSTMCell,
    "layer_norm_gru": LayerNormGRUCell,
    "weighted_gru": WeightedGRUCell,
    "attention": attention_cell,
}


def _built_in(name: str) -> Callable[..., Cell] | None:
    """The cell of this package of that name, if there is one."""
    for key, cell in CELLS.items():
        if _bare_name(name) in (_bare_name(key), _bare_name(cell.__name__)):
            return cell
    return None


def _bare_name(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "").removesuffix("wrapper").removesuffix("cell")


def _imported(path: str) -> Callable[..., Cell]:
    module, _, attribute = path.partition(":")
    try:
        cell: Callable[..., Cell] = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigError(f"cannot import the cell {path!r}: {error}; is its package on PYTHONPATH?") from error
    return cell


def _nearest(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    return f" (did you mean {close[0]!r}?)" if close else f" (there are {', '.join(sorted(known))})"
