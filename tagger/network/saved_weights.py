"""The weights of a model folder: saved to its checkpoint, and read back into a network."""

import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tagger.backend import tf
from tagger.config.load import check_config
from tagger.config.recurrent_keys import LayersConfig
from tagger.errors import ConfigError, ModelError, TaggerError
from tagger.model.finite import check_finite
from tagger.model.folder import CHECKPOINT_FOLDER, CONFIG_FILE, WEIGHTS_NAME, ModelFolder, check_weights
from tagger.network.cells import foreign_cell
from tagger.network.network import Network
from tagger.network.packed_weights import packed_weights, unpacked_weights
from tagger.network.predictor import Predictor
from tagger.network.vocabularies import loaded_vocabularies


def load_predictor(folder: ModelFolder, threads: int | None = None) -> Predictor:
    """A predictor that tags with the folder's network, on `threads` threads of TensorFlow.

    Raises ModelError when the weights are missing, damaged or of another shape, ConfigError when TensorFlow already
    runs on another number of threads.
    """
    if threads is not None:
        _set_threads(threads)
    config = check_config(folder.settings, str(folder.path / CONFIG_FILE))
    return Predictor(load_network(folder), loaded_vocabularies(folder).lookup(config), folder.tags)


def _set_threads(count: int) -> None:
    """Set the number of TensorFlow's threads, for all models of this process.

    Raises ConfigError when TensorFlow already runs on another number.
    """
    threading = tf.config.threading
    for current, change in (
        (threading.get_intra_op_parallelism_threads, threading.set_intra_op_parallelism_threads),
        (threading.get_inter_op_parallelism_threads, threading.set_inter_op_parallelism_threads),
    ):
        if current() == count:
            continue
        try:
            change(count)
        except RuntimeError:
            raise ConfigError(
                f"threads = {count}: TensorFlow runs already, and keeps the threads that it began with: give the "
                "number when the first model is loaded"
            ) from None


def load_network(folder: ModelFolder) -> Network:
    """The folder's network with its weights.

    Raises ModelError when they are missing, damaged or of another shape, and where the network has a cell of another
    package and the folder was opened without `trust_code`.
    """
    if not folder.has_checkpoint:
        raise ModelError(
            f"{folder.path}: no weights for TensorFlow in it, only a model for ONNX Runtime: use the folder that was "
            "trained, or leave TensorFlow out"
        )
    check_weights(folder.manifest)
    where = folder.path / CONFIG_FILE
    config = check_config(folder.settings, str(where))
    refuse_foreign_cell(config.encoder, where, trust_code=folder.trust_code)
    with no_network(where):
        network = Network(config, loaded_vocabularies(folder).sizes, folder.vectors)
    restore_finite_weights(network, folder.path)
    return network


def refuse_foreign_cell(encoder: LayersConfig, where: Path, *, trust_code: bool) -> None:
    """Raise ModelError where a model's configuration names a cell of another package, unless its code is trusted."""
    code = foreign_cell(encoder.cell, encoder.options)
    if code and not trust_code:
        raise ModelError(
            f"{where}: its network has a cell of its own: loading the model would import {code!r}, which runs whatever "
            "code it finds there. If you trust this model, say --trust-code (in Python trust_code=True)"
        )


@contextmanager
def no_network(where: Path) -> Iterator[None]:
    """Turn any error of making a network inside the block into a ModelError that names the configuration."""
    try:
        yield
    except (TaggerError, MemoryError):
        raise
    except Exception as error:  # of whatever a stranger's configuration asks for
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelError(f"{where}: no network can be made of it ({reason}): train the model again") from None


def restore_finite_weights(network: tf.Module, folder: Path) -> None:
    """Read the weights as `restore_weights` does. Raises ModelError too where one of them is no number."""
    restore_weights(network, folder)
    for variable in network.variables:
        if variable.dtype.is_floating:
            check_finite(variable.numpy())


def parameter_count(network: tf.Module) -> int:
    """Return the number of trainable parameters."""
    return sum(variable.shape.num_elements() for variable in network.trainable_variables)


def save_weights(network: tf.Module, folder: Path) -> None:
    """Write the network's weights into a model folder, as the checkpoint that tagging reads."""
    with writing(folder), interrupted_afterwards():
        tf.train.Checkpoint(network=network).write(str(folder / CHECKPOINT_FOLDER / WEIGHTS_NAME))


def restore_weights(network: tf.Module, folder: Path) -> None:
    """Read the weights that `save_weights` wrote.

    Packed weights are read where there are any. Raises ModelError when they are damaged or of another shape.
    """
    checkpoint, path = tf.train.Checkpoint(network=network), folder / CHECKPOINT_FOLDER / WEIGHTS_NAME
    packed = packed_weights(path)
    if packed.is_file():
        with unpacked_weights(packed) as unpacked:
            restore(checkpoint, unpacked, named=packed)
    else:
        restore(checkpoint, path)


def restore(checkpoint: tf.train.Checkpoint, path: Path, named: Path | None = None) -> None:
    """Read every variable of a checkpoint from a file.

    Raises ModelError when one is missing or of another shape, which calls the file `named`, if that is given.
    """
    try:
        checkpoint.read(str(path)).assert_existing_objects_matched()
    except (tf.errors.OpError, AssertionError, ValueError, LookupError, RuntimeError) as error:
        reason = _cause(str(error).strip().splitlines()[0])
        raise ModelError(
            f"{named or path}: damaged, or of another network than {CONFIG_FILE} says ({reason}); train again"
        ) from None


@contextmanager
def interrupted_afterwards() -> Iterator[None]:
    """Delay Ctrl-C until the block ends.

    TensorFlow cannot be interrupted while it writes.
    """
    usual = signal.getsignal(signal.SIGINT)
    if usual is not signal.default_int_handler or threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed: list[int] = []
    signal.signal(signal.SIGINT, lambda number, frame: pressed.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
    if pressed:
        raise KeyboardInterrupt


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn errors of the disk inside the block into a ModelError that names the folder."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
    except tf.errors.OpError as error:
        reason = _cause(error.message)
    else:
        return
    raise ModelError(f"{folder}: could not be written: {reason}; mend that and use --resume")


def _cause(message: str) -> str:
    """The cause in a message of TensorFlow, without the place in its graph."""
    return re.sub(r" \[Op:\w+\].*", "", message.rpartition("; ")[2] or message)
