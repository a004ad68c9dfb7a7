"""Chest geometry on masks; the table of what the chest protocol measures."""

from __future__ import annotations

from functools import partial
from typing import Final

from radcaliper.measurements.chest.airway import carina_angle, find_carina, trachea_deviation, tracheal_width
from radcaliper.measurements.chest.cardiothoracic import cardiothoracic_ratio, heart_width, thoracic_width
from radcaliper.measurements.chest.costophrenic import costophrenic_angle
from radcaliper.measurements.chest.mediastinum import mediastinal_width, mediastinal_width_ratio
from radcaliper.measurements.chest.rotation import rotation_ratio
from radcaliper.measurements.chest.sizes import heart_area, lung_area, lung_area_ratio, lung_height, lung_width
from radcaliper.measurements.measure import Measure

__all__ = [
    "CHEST_MEASURES",
    "cardiothoracic_ratio",
    "carina_angle",
    "costophrenic_angle",
    "find_carina",
    "heart_area",
    "heart_width",
    "lung_area",
    "lung_area_ratio",
    "lung_height",
    "lung_width",
    "mediastinal_width",
    "mediastinal_width_ratio",
    "rotation_ratio",
    "thoracic_width",
    "trachea_deviation",
    "tracheal_width",
]

_LUNGS: Final = ("right_lung", "left_lung")

CHEST_MEASURES: Final = (
    Measure("cardiothoracic_ratio", "", (*_LUNGS, "heart"), cardiothoracic_ratio),
    Measure("thoracic_width", "", _LUNGS, thoracic_width),
    Measure("heart_width", "", ("heart",), heart_width),
    Measure("heart_area", "", ("heart",), heart_area),
    *(Measure("lung_area", side, (f"{side}_lung",), partial(lung_area, side=side)) for side in ("right", "left")),
    *(Measure("lung_height", side, (f"{side}_lung",), partial(lung_height, side=side)) for side in ("right", "left")),
    *(Measure("lung_width", side, (f"{side}_lung",), partial(lung_width, side=side)) for side in ("right", "left")),
    Measure("lung_area_ratio", "", _LUNGS, lung_area_ratio),
    Measure("mediastinal_width", "", _LUNGS, mediastinal_width),
    Measure("mediastinal_width_ratio", "", _LUNGS, mediastinal_width_ratio),
    *(
        Measure("costophrenic_angle", side, (f"{side}_lung",), partial(costophrenic_angle, side=side))
        for side in ("right", "left")
    ),
    Measure("carina_angle", "", ("airways",), carina_angle),
    Measure("trachea_deviation", "", ("airways", "spine"), trachea_deviation),
    Measure("rotation_ratio", "", ("right_clavicle", "left_clavicle", "spine"), rotation_ratio),
)
"""What the chest protocol measures: one line a measurement and side."""
