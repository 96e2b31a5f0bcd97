"""Annotated files as input for tagging: their tokens, and tags that the model reads."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tagger.errors import ConfigError
from tagger.text.format_names import ANNOTATED_FORMATS, COLUMN_FORMATS
from tagger.text.remarks import Remarks
from tagger.text.sentence import Sentence


@dataclass(frozen=True)
class AnnotatedFiles:
    """How to read annotated files.

    `format`, `columns`, `separator`, `labels` and `offsets` are as in `read_sentences`. `places` maps layers that the
    model reads to the column or key that holds them: by default the one of the layer's name, in CoNLL-U UPOS and XPOS.
    Raises ConfigError for options that do not go together.
    """

    format: str
    columns: tuple[str, ...] | None = None
    separator: str | None = None
    places: Mapping[str, str] = field(default_factory=dict)
    labels: str | Mapping[str, str] | None = None
    offsets: str | None = None

    def __post_init__(self) -> None:
        if self.format not in ANNOTATED_FORMATS:
            known = ", ".join(ANNOTATED_FORMATS)
            raise ConfigError(f"--from {self.format}: there is no such format to read; there are {known}")
        if self.format not in COLUMN_FORMATS and (self.columns or self.separator):
            raise ConfigError("--columns and --separator go with --from columns, csv or pairs")
        if self.format in COLUMN_FORMATS and not self.columns:
            raise ConfigError(
                f"--from {self.format}: what do they hold? Name them, such as --columns token,pos; _ skips one"
            )

    def read(self, path: str, layers: Sequence[str], remarks: Remarks | None = None) -> Iterator[Sentence]:
        """Read the sentences of a file, or of standard input (`-`), with the tags of `layers`.

        What is not read as it stands is added to `remarks`.

        Raises DataError where the file cannot be read or has no tags of a layer, ConfigError where the place of a layer
        is not known.
        """
        from tagger.text.formats import read_sentences  # late, because tagging plain text starts without the readers

        for layer in self.places:
            if layer not in layers:
                known = f"only {', '.join(layers)}" if layers else "no tags at all"
                raise ConfigError(f"--given {layer}={self.places[layer]}: the model reads {known}: leave it out")
        tasks = {layer: self._place(layer) for layer in layers}
        return read_sentences(
            path,
            self.format,
            columns=self.columns,
            separator=self.separator,
            tasks=tasks,
            labels=self.labels,
            offsets=self.offsets,
            remarks=remarks,
        )

    def _place(self, layer: str) -> str:
        """The column or key that holds a layer."""
        from tagger.text.conllu import DEFAULT_TASKS

        place = self.places.get(layer, DEFAULT_TASKS.get(layer) if self.format == "conllu" else layer)
        if place is None:
            raise ConfigError(f"the model reads '{layer}': say where CoNLL-U has it, such as --given {layer}=XPOS")
        return place
