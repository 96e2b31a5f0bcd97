"""Weights shared by mistake: one cell object in two layers or in both directions."""

import inspect
import threading
from collections.abc import MutableMapping, Sequence
from weakref import WeakValueDictionary

from tagger.backend import tf
from tagger.errors import ConfigError
from tagger.network.cells.protocol import Cell


def refuse_shared_layers(cells: Sequence[Cell]) -> None:
    """Raise ConfigError where two layers use the same cell object, also inside wrappers."""
    layer_of: dict[int, int] = {}
    for layer, cell in enumerate(cells, start=1):
        parts = cells_within(cell)
        for part in parts:
            if id(part) in layer_of:
                raise ConfigError(
                    f"MultiRNNCell: layers {layer_of[id(part)]} and {layer} use the same {type(part).__name__} object "
                    "and would share its weights; make a new cell for each layer, as in "
                    "MultiRNNCell([LSTMCell(units) for _ in range(layers)]), or pass share_weights=True to share them "
                    "on purpose"
                )
        layer_of.update((id(part), layer) for part in parts)


def refuse_shared_directions(cell: Cell) -> None:
    """Raise ConfigError where a cell that ran forward in a network is about to run backward.

    Every cell calls this before each step. TensorFlow's bidirectional functions run the forward direction and then the
    backward one, each in a variable scope object of its own, called `NAME/fw` and `NAME/bw`. A cell, or the cell inside
    a wrapper, may run in both where its attribute `share_directions` is True.
    """
    scope = tf.compat.v1.get_variable_scope()
    network, _, direction = scope.name.rpartition("/")
    if direction not in ("fw", "bw"):
        return
    if scope is not _latest.scope:
        _latest.start(scope, network, direction)
    if id(cell) in _latest.checked:
        return
    _latest.checked.add(id(cell))
    parts = cells_within(cell)
    if direction == "fw":
        _latest.forward.update((id(part), part) for part in parts)
        return
    for part in parts:  # wrappers before what they hold
        if _latest.forward.get(id(part)) is not part:
            continue
        if not getattr(part, "share_directions", False):
            raise ConfigError(
                f"the same {type(part).__name__} object runs in both directions of a bidirectional network, which "
                "would share its weights; make a new cell for each direction, or set its attribute "
                "share_directions = True to share them on purpose"
            )
        for allowed in cells_within(part):
            _latest.forward.pop(id(allowed), None)


def cells_within(cell: Cell) -> list[Cell]:
    """The cell itself, then all cells inside it, in the order from the outermost inwards."""
    inside = cell.submodules if isinstance(cell, tf.Module) else ()
    return [cell, *(part for part in inside if _is_cell(part))]


def _is_cell(module: tf.Module) -> bool:
    # A look at the attribute's value could fail: some cells know their sizes only once they are built.
    return inspect.getattr_static(module, "state_size", None) is not None


class _LatestRun(threading.local):
    """The latest run of one direction in this thread, and the cells that ran forward before it."""

    def __init__(self) -> None:
        self.scope: object = None
        self.network = self.direction = ""
        self.checked: set[int] = set()
        self.forward: MutableMapping[int, Cell] = WeakValueDictionary()

    def start(self, scope: object, network: str, direction: str) -> None:
        """Forget the forward cells unless this is the backward run that follows theirs."""
        if (direction, self.direction) != ("bw", "fw") or network != self.network:
            self.forward = WeakValueDictionary()
        self.scope, self.network, self.direction = scope, network, direction
        self.checked = set()


_latest = _LatestRun()
