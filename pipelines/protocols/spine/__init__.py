"""The spine protocol: every vertebra and every curve on AP spine films."""

from __future__ import annotations

from typing import Final

from radcaliper.measurements.catalog import measurements_of
from radcaliper.measurements.structures import structures_of
from radcaliper.pipelines.protocols.base import Protocol

PROTOCOL: Final = Protocol(
    name="spine",
    label="AP spine film",
    bundles=("view", "spine_locator", "spine_vertebrae", "spine_levels"),
    structures=structures_of("spine"),
    measurements=measurements_of("spine"),
    main="cobb_angle",
    steps="radcaliper.pipelines.protocols.spine.analyse:STEPS",
    overlay="radcaliper.pipelines.protocols.spine.overlay:draw",
    review="radcaliper.pipelines.protocols.spine.review:REVIEW",
    evaluation="radcaliper.learning.spine.evaluate:EVALUATION",
    geometry="radcaliper.pipelines.protocols.spine.geometry:GEOMETRY",
    views=("ap_spine",),
    other_view="not_ap_spine",
)
