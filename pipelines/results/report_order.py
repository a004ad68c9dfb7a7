"""The order of films in the report and in the review: the worst first."""

from __future__ import annotations

from typing import Final

_STATUSES: Final = {"failed": 0, "refused": 1, "review": 2, "ok": 3}


def report_order(status: str, worst_quality: float | None, image: str) -> tuple[int, float, str]:
    """What films are sorted by: status, then the lowest predicted Dice of their masks (1 where there is none), name."""
    return _STATUSES.get(status, 0), 1.0 if worst_quality is None else worst_quality, image
