"""What went wrong with a file, in words that quote nothing of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_QUOTED: Final = re.compile(r"""(?<!\w)b?'[^']*'?|"[^"]*"?""")
"""An apostrophe within a word quotes nothing."""
_LONGEST: Final = 160
_SHORTEST_VALUE: Final = 3


def cause_of(error: BaseException, values: Iterable[str] = ()) -> str:
    """The first line of an error's message without what it quotes, and without any of the file's ``values``.

    Decoders quote what they cannot read, and that may be a patient's name.
    """
    lines = str(error).strip().splitlines()
    words = _QUOTED.sub("...", lines[0] if lines else "")
    for value in sorted({value.strip() for value in values}, key=len, reverse=True):
        if len(value) >= _SHORTEST_VALUE:
            words = words.replace(value, "...")
    return " ".join(words.split())[:_LONGEST] or type(error).__name__
