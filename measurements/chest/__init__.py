"""Chest geometry on masks."""

from __future__ import annotations

from radcaliper.measurements.chest.airway import carina_angle, find_carina, trachea_deviation, tracheal_width
from radcaliper.measurements.chest.cardiothoracic import cardiothoracic_ratio, heart_width, thoracic_width
from radcaliper.measurements.chest.costophrenic import costophrenic_angle
from radcaliper.measurements.chest.mediastinum import mediastinal_width, mediastinal_width_ratio
from radcaliper.measurements.chest.rotation import rotation_ratio
from radcaliper.measurements.chest.sizes import heart_area, lung_area, lung_area_ratio, lung_height, lung_width

__all__ = [
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
