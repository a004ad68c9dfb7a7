"""The fixed split into folds. A fold depends on the patient group's name alone, so a patient's films stay together."""

from __future__ import annotations

import hashlib
from typing import Final

FOLDS: Final = 5
HELD_OUT_FOLD: Final = 0
"""What is judged is judged on it, once; nothing is learned from it."""
VALIDATION_FOLD: Final = HELD_OUT_FOLD + 1
"""What is chosen is chosen on it."""


def fold_of(patient_group: str) -> int:
    """Fold 0 to 4 of a patient group, by a hash of its name. Fold 0 is never trained on."""
    return int(hashlib.sha256(patient_group.encode()).hexdigest(), 16) % FOLDS
