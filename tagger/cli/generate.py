"""`tagger generate`: text that a language model writes."""

from pathlib import Path
from typing import Annotated

import typer

from tagger.cli.options import TrustCodeOption
from tagger.cli.output import result_stream, say
from tagger.errors import ConfigError


def generate_command(
    model: Annotated[Path, typer.Argument(help="The folder of a language model, which tagger pretrain makes.")],
    *,
    prompt: Annotated[str, typer.Option(help="The beginning of the text.")] = "",
    length: Annotated[int, typer.Option(min=1, help="Characters, or words, to write after the prompt.")] = 500,
    temperature: Annotated[
        float, typer.Option(min=0.0, help="Below 1 for likelier text, above 1 for more varied; 0 for the likeliest.")
    ] = 1.0,
    top: Annotated[int, typer.Option(min=0, help="Draw from the N likeliest only; 0 for all.", metavar="N")] = 0,
    seed: Annotated[
        int | None, typer.Option(min=0, help="The same seed writes the same text; by default it varies.")
    ] = None,
    trust_code: TrustCodeOption = False,
) -> None:
    """Write text with a language model, and print it as it is written."""
    from tagger.model.language_model_folder import open_language_model

    try:
        prompt.encode("utf-8")
    except UnicodeEncodeError:
        raise ConfigError("--prompt is not UTF-8: give it in UTF-8") from None
    folder = open_language_model(model)  # an error at once, where TensorFlow takes seconds to start

    from tagger.network.saved_language_model import CharacterModel, load_language_model
    from tagger.pretraining.generate import Sampling, generate, unknown_in

    sampling = Sampling(temperature, top, seed)
    loaded = load_language_model(folder, trust_code=trust_code)
    if unknown := unknown_in(prompt, loaded):
        unit = "character" if isinstance(loaded, CharacterModel) else "word"
        say(f"--prompt: the model does not know {', '.join(map(repr, unknown))}: read as an unknown {unit}")
    stream = result_stream(colors=False)
    stream.write(prompt)
    for piece in generate(loaded, prompt, length, sampling):
        stream.write(piece)
        stream.flush()
    stream.write("\n")
