"""Emoji of several characters, none of which begins a unit of its own but the first."""

import numpy as np

_JOINER = 0x200D
_PICTURES = ((0x2190, 0x2BFF), (0x1F000, 0x1FAFF))
"""Blocks of characters, first and last, that hold what can be joined to an emoji, or be varied in its skin."""
_SKINS = (0x1F3FB, 0x1F3FF)
_REGIONS = (0x1F1E6, 0x1F1FF)


def goes_on_with_emoji(codes: np.ndarray) -> np.ndarray:
    """Return whether each character `[N]` goes on with the emoji before it, by the rules of UAX 29.

    A picture after a zero-width joiner does (GB11), a colour of skin after a picture (GB9), and every second of the
    regional indicators in a row, two of which are a flag (GB12, GB13).
    """
    goes_on = np.zeros(len(codes), bool)
    is_joiner = codes == _JOINER
    if not (is_joiner.any() or codes.max(initial=0) >= _REGIONS[0]):
        return goes_on
    is_picture = _within(codes, *_PICTURES[0]) | _within(codes, *_PICTURES[1])
    goes_on[1:] = (is_joiner[:-1] & is_picture[1:]) | (is_picture[:-1] & _within(codes[1:], *_SKINS))
    is_region = _within(codes, *_REGIONS)
    places = np.arange(len(codes))
    begins_run = is_region & ~np.concatenate([[False], is_region[:-1]])
    in_run = places - np.maximum.accumulate(np.where(begins_run, places, 0))
    return np.asarray(goes_on | (is_region & (in_run % 2 == 1)))


def _within(codes: np.ndarray, first: int, last: int) -> np.ndarray:
    return np.asarray((codes >= first) & (codes <= last))
