"""Chest geometry on masks."""

from __future__ import annotations

from radcaliper.measurements.chest.airway import (
    carina_angle,
    carina_angle_at,
    find_carina,
    trachea_deviation,
    trachea_deviation_above,
    tracheal_width,
)
from radcaliper.measurements.chest.cardiothoracic import (
    cardiothoracic_ratio,
    cardiothoracic_ratio_between,
    heart_ends,
    heart_width,
    heart_width_between,
    thoracic_width,
    thoracic_width_between,
    thorax_ends,
)
from radcaliper.measurements.chest.costophrenic import costophrenic_angle
from radcaliper.measurements.chest.mediastinum import (
    mediastinal_width,
    mediastinal_width_over,
    mediastinal_width_ratio,
)
from radcaliper.measurements.chest.rotation import rotation_ratio
from radcaliper.measurements.chest.sizes import heart_area, lung_area, lung_area_ratio, lung_height, lung_width

__all__ = [
    "cardiothoracic_ratio",
    "cardiothoracic_ratio_between",
    "carina_angle",
    "carina_angle_at",
    "costophrenic_angle",
    "find_carina",
    "heart_area",
    "heart_ends",
    "heart_width",
    "heart_width_between",
    "lung_area",
    "lung_area_ratio",
    "lung_height",
    "lung_width",
    "mediastinal_width",
    "mediastinal_width_over",
    "mediastinal_width_ratio",
    "rotation_ratio",
    "thoracic_width",
    "thoracic_width_between",
    "thorax_ends",
    "trachea_deviation",
    "trachea_deviation_above",
    "tracheal_width",
]
