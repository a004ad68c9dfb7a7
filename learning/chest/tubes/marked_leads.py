"""Pacemaker leads on films of V7, marked once by eye (not by a clinician): ``pacemaker_leads.json``.

The file has for each film the courses of its leads, (row, col) in its pixels from the generator to the tip as far as
they can be followed, and whether it has a central venous catheter too (``no``, ``unsure``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from radcaliper.measurements.tubes.course import CoursePath

_FILE: Final = Path(__file__).with_name("pacemaker_leads.json")


@dataclass(frozen=True)
class MarkedLeads:
    """The leads of one film, each (N, 2) from generator to tip, and its ``cvc``: ``no`` or ``unsure``."""

    courses: tuple[CoursePath, ...]
    cvc: str


@cache
def marked_leads() -> Mapping[str, MarkedLeads]:
    """The films with marked leads, by their path below the data folder."""
    content = json.loads(_FILE.read_text(encoding="utf-8"))
    return {
        name: MarkedLeads(tuple(np.array(course, float) for course in film["leads"]), film["cvc"])
        for name, film in content.items()
    }
