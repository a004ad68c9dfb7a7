"""The fixed split: a patient group's fold depends on its name alone, so films of one patient stay together."""

from __future__ import annotations

import hashlib
from typing import Final

FOLDS: Final = 5
HELD_OUT_FOLD: Final = 0


def fold_of(patient_group: str) -> int:
    """Fold 0 to 4 of a patient group, by a hash of its name. Fold 0 is never trained on."""
    return int(hashlib.sha256(patient_group.encode()).hexdigest(), 16) % FOLDS
