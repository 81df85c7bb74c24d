"""From `aid` to `bvid` (protocol document, section 7.10)."""

from __future__ import annotations

_ALPHABET = "FcwAPNKTMug3GV5Lj7EJnHpWsx4tb8haYeviqBz6rkCy12mUSDQX9RdoZf"
_MASK_XOR = 23442827791579
_HIGH_BIT = 1 << 51
_LENGTH = 12


def bvid_of(aid: int) -> str:
    """Return the public id of an archive.

    Args:
        aid: the archive's number, from 1 to 2**51 - 1.

    Raises:
        ValueError: `aid` is outside that range.
    """
    if not 0 < aid < _HIGH_BIT:
        raise ValueError(f"aid must be between 1 and 2**51 - 1, not {aid}")
    value = (_HIGH_BIT | aid) ^ _MASK_XOR
    letters = ["B", "V", "1"] + [_ALPHABET[0]] * 9
    for place in range(_LENGTH - 1, 2, -1):
        value, digit = divmod(value, len(_ALPHABET))
        letters[place] = _ALPHABET[digit]
    letters[3], letters[9] = letters[9], letters[3]
    letters[4], letters[7] = letters[7], letters[4]
    return "".join(letters)
