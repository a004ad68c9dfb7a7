"""How many films may be measured at a time: as many as this process has cores to itself."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Final

_ROOT: Final = Path("/sys/fs/cgroup")
_OWN: Final = Path("/proc/self/cgroup")


def _by_affinity() -> int:
    """The cores that the process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quota(quota: str, period: str) -> float | None:
    """Cores by a quota of a period; None for no limit."""
    try:
        cores = int(quota) / int(period)
    except (ValueError, ZeroDivisionError):  # ``max``
        return None
    return cores if cores > 0 else None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _quota_of(folder: Path) -> float | None:
    """The cores that a control group may use, by version 2 or 1 of control groups."""
    if words := _read(folder / "cpu.max").split():
        return _quota(words[0], words[1]) if len(words) == 2 else None
    return _quota(_read(folder / "cpu.cfs_quota_us"), _read(folder / "cpu.cfs_period_us"))


def _groups(own: Path, root: Path) -> list[Path]:
    """The control group of this process and all above it; a container may show them at the root alone."""
    folders = [root, root / "cpu"]
    for line in _read(own).splitlines():
        _, controllers, place = line.split(":", 2)
        if controllers == "" or "cpu" in controllers.split(","):
            base = root if controllers == "" else root / "cpu"
            parts = Path(place.lstrip("/")).parts
            folders += [base.joinpath(*parts[:count]) for count in range(1, len(parts) + 1)]
    return folders


def available_cores(own: Path = _OWN, root: Path = _ROOT) -> int:
    """The cores that this process has, by its affinity and its control groups; at least one."""
    quotas = [quota for folder in _groups(own, root) if (quota := _quota_of(folder)) is not None]
    return max(1, min([_by_affinity(), *(math.ceil(quota) for quota in quotas)]))
