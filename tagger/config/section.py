"""The base of every table of the configuration, and the types that several tables use."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from tagger.text.sentence import RESERVED_NAMES

Share = Annotated[float, Field(ge=0.0, lt=1.0)]
"""A fraction from 0 (none) up to, but not including, 1 (all)."""
Name = Annotated[str, Field(min_length=1)]
"""A text that is not empty."""


def _check_not_reserved(name: str) -> str:
    if name in RESERVED_NAMES:
        raise PydanticCustomError("reserved", "is a name that records keep for themselves: choose another")
    return name


TaskName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$"), AfterValidator(_check_not_reserved)]
"""The name of a task.
The name is also part of a file name in the model folder, which limits its characters."""


class Section(BaseModel):
    """A table of the configuration file: immutable, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, allow_inf_nan=False)
