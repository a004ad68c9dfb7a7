"""The hip protocol: femora, neck-shaft angles, head diameters and offsets on AP films of the pelvis or of one hip."""

from __future__ import annotations

from typing import Final

from radcaliper.measurements.catalog import measurements_of
from radcaliper.measurements.structures import structures_of
from radcaliper.pipelines.protocols.base import Protocol

PROTOCOL: Final = Protocol(
    name="hip",
    label="AP film of the pelvis or of one hip",
    bundles=("view", "hip_femur"),
    structures=structures_of("hip"),
    measurements=measurements_of("hip"),
    main="ccd_angle",
    steps="radcaliper.pipelines.protocols.hip.analyse:STEPS",
    overlay="radcaliper.pipelines.protocols.hip.overlay:draw",
    review="radcaliper.pipelines.protocols.hip.review:REVIEW",
    evaluation="radcaliper.learning.hip.evaluate:EVALUATION",
    geometry="radcaliper.pipelines.protocols.hip.geometry:GEOMETRY",
    views=("ap_pelvis", "ap_hip"),
    other_view="not_ap_hip",
)
