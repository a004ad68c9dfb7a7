"""Cobb angles and the balance of the spine, from vertebra corners or from a centreline.

Names are imported when they are first used: most of them need scipy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from radcaliper.measurements.spine.aasce import AasceAngles, aasce_angles
    from radcaliper.measurements.spine.angles import (
        measure_aasce_angles,
        measure_centreline,
        measure_cobb_angles,
        measure_curves,
        measure_spine,
        measure_whole_spine,
        smoothed_tilts,
        spine_curves,
    )
    from radcaliper.measurements.spine.balance import apical_translation, coronal_balance
    from radcaliper.measurements.spine.curves import Curve, curve_between, find_curves
    from radcaliper.measurements.spine.smoothing import smooth
    from radcaliper.measurements.spine.vertebra import (
        lower_endplate_tilts,
        upper_endplate_tilts,
        vertebra_names,
        vertebral_tilts,
    )

__all__ = [
    "AasceAngles",
    "Curve",
    "aasce_angles",
    "apical_translation",
    "coronal_balance",
    "curve_between",
    "find_curves",
    "lower_endplate_tilts",
    "measure_aasce_angles",
    "measure_centreline",
    "measure_cobb_angles",
    "measure_curves",
    "measure_spine",
    "measure_whole_spine",
    "smooth",
    "smoothed_tilts",
    "spine_curves",
    "upper_endplate_tilts",
    "vertebra_names",
    "vertebral_tilts",
]
__getattr__, __dir__, _ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "aasce": ["AasceAngles", "aasce_angles"],
        "angles": [
            "measure_aasce_angles",
            "measure_centreline",
            "measure_cobb_angles",
            "measure_curves",
            "measure_spine",
            "measure_whole_spine",
            "smoothed_tilts",
            "spine_curves",
        ],
        "balance": ["apical_translation", "coronal_balance"],
        "curves": ["Curve", "curve_between", "find_curves"],
        "smoothing": ["smooth"],
        "vertebra": ["lower_endplate_tilts", "upper_endplate_tilts", "vertebra_names", "vertebral_tilts"],
    },
)
