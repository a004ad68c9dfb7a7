"""Which measurements are made on each side."""

from __future__ import annotations

from typing import Final

from radcaliper.measurements.catalog import measurements_of
from radcaliper.models.hip.channels import SIDES

METHOD: Final = "parts_and_mask"
SIDE_MEASUREMENTS: Final = tuple(spec for spec in measurements_of("hip") if set(spec.sites) == set(SIDES))
