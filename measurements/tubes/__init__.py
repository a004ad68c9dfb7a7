"""Courses, tips and distances of tubes and lines on chest films.

Names are imported when they are first used: tracing a course needs scipy and scikit-image.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from radcaliper.measurements.tubes.course import find_courses, length_ahead, path_length, smoothed
    from radcaliper.measurements.tubes.distances import (
        cvc_tip_to_carina,
        diaphragm_row,
        ett_tip_to_carina,
        ett_tip_to_carina_tracheal_widths,
        ngt_tip_to_diaphragm,
        tip_angle,
        tracheal_axis,
        tracheal_width,
    )

__all__ = [
    "cvc_tip_to_carina",
    "diaphragm_row",
    "ett_tip_to_carina",
    "ett_tip_to_carina_tracheal_widths",
    "find_courses",
    "length_ahead",
    "ngt_tip_to_diaphragm",
    "path_length",
    "smoothed",
    "tip_angle",
    "tracheal_axis",
    "tracheal_width",
]
__getattr__, __dir__, _ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "course": ["find_courses", "length_ahead", "path_length", "smoothed"],
        "distances": [
            "cvc_tip_to_carina",
            "diaphragm_row",
            "ett_tip_to_carina",
            "ett_tip_to_carina_tracheal_widths",
            "ngt_tip_to_diaphragm",
            "tip_angle",
            "tracheal_axis",
            "tracheal_width",
            "tracheal_width",
        ],
    },
)
