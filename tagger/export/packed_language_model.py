"""A language model of words in a third of its size, to be kept, sent or shipped: taggers begin with it as before."""

from pathlib import Path

from tagger.errors import ConfigError
from tagger.export.onnx_folder import copy_beside_network
from tagger.files import check_outside, locked, new_file, new_folder
from tagger.model.folder import CHECKPOINT_FOLDER, CONFIG_FILE, WEIGHTS_NAME, check_weights
from tagger.model.language_model_folder import open_language_model
from tagger.model.model_manifest import foreign_in_model, write_model_manifest
from tagger.network.packed_weights import pack_weights, packed_weights


def pack_language_model(model: Path, output: Path, *, overwrite: bool = False) -> None:
    """Write the folder of a language model with packed weights, which cannot be trained further.

    Raises ModelError where the folder is missing or damaged, ConfigError where it is packed already, DataError when
    something exists at the output.
    """
    folder = open_language_model(model)
    weights = Path(CHECKPOINT_FOLDER) / WEIGHTS_NAME
    if packed_weights(model / weights).is_file():
        raise ConfigError(f"{model}: its weights are packed already: copy the folder")
    check_weights(folder.manifest)
    check_outside([model], output)
    with (
        locked(output),
        new_folder(output, overwrite=overwrite, marker=CONFIG_FILE, foreign=foreign_in_model) as unfinished,
    ):
        copy_beside_network(model, unfinished)
        (unfinished / CHECKPOINT_FOLDER).mkdir()
        with new_file(packed_weights(unfinished / weights)) as file:
            pack_weights(model / weights, file)
        write_model_manifest(unfinished)
