"""Which labels a data folder holds."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_LABELS: Final = {
    "chest": "chest/manifest.csv",
    "spine": "spine/aasce/landmarks.csv",
    "hip": "hip/vsd/landmarks.json",
    "view": "other_views/films.csv",
}
"""By protocol, the file without which a folder has none."""


def has_labels(data: Path, protocol: str) -> bool:
    """Whether the folder holds labels that the protocol can be held against."""
    return (data / _LABELS[protocol]).is_file()
