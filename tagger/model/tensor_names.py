"""Names of the inputs, outputs and metadata of an exported model.

The code that writes models and the code that runs them share these names. In shapes, `B` counts sentences, `T` tokens,
`W` distinct words, `C` characters and `K` tags. `model.word_features` names the inputs `shapes` and `affixes`.
"""

WORDS = "words"
"""Input of `model.onnx`: word ids `[B, T]`, int32."""
LENGTHS = "lengths"
"""Input of `model.onnx` and of a SavedModel: the number of tokens of each sentence `[B]`, int32."""
DISTINCT = "distinct"
"""Input of `model.onnx`: the row of `spellings` that belongs to each token `[B, T]`, int32."""
SPELLINGS = "spellings"
"""Output of `characters.onnx` and input of `model.onnx`: vectors of distinct words `[W, D]`, float32."""
SPELLED_CHARACTERS = "characters"
"""Input of `characters.onnx`: the character ids of distinct words `[W, C]`, int32."""
TOKENS = "tokens"
"""Input of a SavedModel: words `[B, T]`, strings."""

GIVEN = "given/"
"""Prefix, before a layer: input of `model.onnx` with the ids of tags that tokens already have `[B, T]`, int32."""
LISTS = "lists/"
"""Prefix, before a type: the layer of a list of names, whose marks are an input as those of a given layer are."""
SERVED_GIVEN = "given_"
"""Prefix, before a layer: the same input of a SavedModel, as strings; its name must be a Python argument's."""
SCORES = "scores/"
"""Prefix, before a task: output with the scores of its tags `[B, T, K]`, float32."""
TAGS = "tags/"
"""Prefix, before a task: output of a SavedModel with its best tags `[B, T]`, strings."""
TRANSITIONS = "transitions/"
"""Prefix, before `TASK/PART`: output with the learned transitions of a task that has them, as `transitions_output`."""


def transitions_output(task: str, part: str) -> str:
    """Return the name of the output with one part of a task's transitions.

    `part` is `start` `[K]`, `between` `[K, K]` or `end` `[K]`.
    """
    return f"{TRANSITIONS}{task}/{part}"


# Metadata of an ONNX model. Under the name of each input of ids (and of `vectors`) stands the size of its table.
NAME = "name"
TAGGER_VERSION = "tagger_version"
TASKS = "tasks"
"""JSON: a list of `{"task", "scheme", "tags"}`, the tags in the order of the columns of the task's scores."""
PRECISION = "precision"
"""`FLOAT32` or `INT8`, the type of the weights."""
CORPUS, SOURCE, LICENCE = "corpus", "source", "licence"
"""The corpus that trained the model, where it is from, and its licence."""

FLOAT32, INT8 = "float32", "int8"
