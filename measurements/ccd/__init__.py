"""The neck-shaft (caput-collum-diaphyseal) angle, head diameter and femoral offset on a femur's mask.

Needs nothing but the mask of one femur, its side and the pixel size: see ``femur_axes`` and the readings taken from it.
"""

from radcaliper.measurements.ccd.axes import FemurAxes, femur_axes, rotation_warning
from radcaliper.measurements.ccd.readings import ccd_angle, femoral_head_diameter, femoral_offset

__all__ = ["FemurAxes", "ccd_angle", "femoral_head_diameter", "femoral_offset", "femur_axes", "rotation_warning"]
