"""The rules of a segmenter beside its network: where units end, and how multiword tokens are split."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from tagger.documents import parse_json
from tagger.errors import ModelError
from tagger.files import write_file
from tagger.model.folder import RULES_FILE
from tagger.text.multiword import MultiwordRules
from tagger.text.units import ADDRESSES, UnitRules

BOUNDARY, MULTIWORD, GAP = "boundary", "multiword", "gap"
"""What a segmenter's network tags of each unit (`TOKEN_ENDS`, ...; the rule of a multiword token), and the layer that
it reads: what stands after the unit."""
INSIDE, TOKEN_ENDS, SENTENCE_ENDS = "I", "T", "S"
"""Tags of boundaries: a unit inside a token, at the end of one, and at the end of a sentence."""

_FORMAT = 1


@dataclass(frozen=True)
class SegmentationRules:
    """What a segmenter knows beside the weights of its network."""

    units: UnitRules
    multiword: MultiwordRules = field(default_factory=MultiwordRules)


def save_segmentation_rules(rules: SegmentationRules, folder: Path) -> None:
    """Write the rules into a segmenter's folder. Raises OSError."""
    content = {
        "format": _FORMAT,
        "joined": sorted(map(list, rules.units.joined)),
        "scripts": sorted(rules.units.scripts),
        "addresses": sorted(rules.units.addresses),
        "pieces": {piece: list(places) for piece, places in sorted(rules.units.pieces.items())},
        "multiword": list(rules.multiword.rules),
        "multiword_tokens": dict(sorted(rules.multiword.tokens.items())),
    }
    write_file(folder / RULES_FILE, json.dumps(content, ensure_ascii=False, indent=1) + "\n")


def load_segmentation_rules(folder: Path) -> SegmentationRules:
    """Read the rules of a segmenter's folder. Raises ModelError where they are missing or damaged."""
    path = folder / RULES_FILE
    try:
        content = parse_json(path.read_text(encoding="utf-8"))
        if content["format"] != _FORMAT:
            raise ModelError(f"{path}: is of another version than this program reads: train the model again")
        units = UnitRules(
            frozenset((_text(left), _text(right)) for left, right in content["joined"]),
            frozenset(map(_text, content["scripts"])),
            frozenset(map(_text, content["addresses"])) & ADDRESSES.keys(),
            {_text(piece): _places(piece, places) for piece, places in content["pieces"].items()},
        )
        multiword = MultiwordRules(
            tuple(map(_text, content["multiword"])),
            {_text(token): _text(rule) for token, rule in content["multiword_tokens"].items()},
        )
    except FileNotFoundError:
        raise ModelError(f"{path}: there is no such file: the segmenter is not whole, train the model again") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{path}: cannot be read ({type(error).__name__}: {error}): train the model again") from None
    return SegmentationRules(units, multiword)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} where a text must be")
    return value


def _places(piece: str, places: object) -> tuple[int, ...]:
    """Return the places at which a piece is cut; they must be inside it, and rise."""
    if not isinstance(places, list) or not places or not all(type(place) is int for place in places):
        raise TypeError(f"{places!r} where places in {piece!r} must be")
    if not 0 < places[0] <= places[-1] < len(piece) or sorted(set(places)) != places:
        raise ValueError(f"{places!r} are no places in {piece!r}")
    return tuple(places)
