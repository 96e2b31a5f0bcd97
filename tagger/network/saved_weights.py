"""A network's weights in a model folder, and a folder as a network that runs."""

import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tagger.backend import tf
from tagger.config.load import check_config
from tagger.errors import ConfigError, ModelError
from tagger.model.folder import CHECKPOINT_FOLDER, CONFIG_FILE, WEIGHTS_NAME, ModelFolder
from tagger.network.network import Network
from tagger.network.predictor import Predictor
from tagger.network.vocabularies import loaded_vocabularies


def load_predictor(folder: ModelFolder, threads: int | None = None) -> Predictor:
    """The folder's network, ready to tag. Raises ModelError when its weights are damaged or of another shape."""
    if threads is not None:
        use_threads(threads)
    config = check_config(folder.settings, str(folder.path / CONFIG_FILE))
    return Predictor(load_network(folder), loaded_vocabularies(folder).lookup(config), folder.tags)


def use_threads(count: int) -> None:
    """Have TensorFlow run on so many threads, all models of this process alike. Raises ConfigError once it has begun to
    run on another number of them."""
    threading = tf.config.threading
    for get, set in (
        (threading.get_intra_op_parallelism_threads, threading.set_intra_op_parallelism_threads),
        (threading.get_inter_op_parallelism_threads, threading.set_inter_op_parallelism_threads),
    ):
        if get() == count:
            continue
        try:
            set(count)
        except RuntimeError:
            raise ConfigError(
                f"threads = {count}: TensorFlow runs already, and keeps the threads that it began with: give the "
                "number when the first model is loaded"
            ) from None


def load_network(folder: ModelFolder) -> Network:
    """The folder's network with its weights. Raises ModelError when they are not there, damaged or of another shape."""
    if not folder.has_checkpoint:
        raise ModelError(
            f"{folder.path}: no weights for TensorFlow in it, only a model for ONNX Runtime: use the folder that was "
            "trained, or leave TensorFlow out"
        )
    config = check_config(folder.settings, str(folder.path / CONFIG_FILE))
    network = Network(config, loaded_vocabularies(folder).sizes, folder.vectors)
    restore_weights(network, folder.path)
    return network


def save_weights(network: Network, folder: Path) -> None:
    """Write the network's weights as the checkpoint that tags."""
    with writing(folder), interrupted_afterwards():
        tf.train.Checkpoint(network=network).write(str(folder / CHECKPOINT_FOLDER / WEIGHTS_NAME))


def restore_weights(network: Network, folder: Path) -> None:
    """Read them back."""
    restore(tf.train.Checkpoint(network=network), folder / CHECKPOINT_FOLDER / WEIGHTS_NAME)


def restore(checkpoint: tf.train.Checkpoint, path: Path) -> None:
    """Give every variable of a checkpoint object the value it has in a file, or raise ModelError."""
    try:
        checkpoint.read(str(path)).assert_existing_objects_matched()
    except (tf.errors.OpError, AssertionError, ValueError, LookupError, RuntimeError) as error:
        reason = plain(str(error).strip().splitlines()[0])
        raise ModelError(
            f"{path}: damaged, or of another network than {CONFIG_FILE} says ({reason}); train again"
        ) from None


@contextmanager
def interrupted_afterwards() -> Iterator[None]:
    """Lets Ctrl-C wait for the end of the block: TensorFlow does not bear it while it writes."""
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
    """Turns what a full disk or a read-only folder raises inside the block into a ModelError."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
    except tf.errors.OpError as error:
        reason = plain(error.message)
    else:
        return
    raise ModelError(f"{folder}: could not be written: {reason}; mend that and use --resume")


def plain(message: str) -> str:
    """What TensorFlow says went wrong, without where in its graph."""
    return re.sub(r" \[Op:\w+\].*", "", message.rpartition("; ")[2] or message)
