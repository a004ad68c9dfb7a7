"""The chest protocol: lungs, heart, clavicles, mediastinum, airways, spine, tubes and lines on frontal films."""

from __future__ import annotations

from typing import Final

from radcaliper.measurements.catalog import measurements_of
from radcaliper.measurements.structures import structures_of
from radcaliper.pipelines.protocols.base import Protocol

PROTOCOL: Final = Protocol(
    name="chest",
    label="Frontal chest film",
    bundles=("view", "chest_anatomy", "chest_tubes"),
    structures=structures_of("chest"),
    measurements=measurements_of("chest"),
    main="cardiothoracic_ratio",
    steps="radcaliper.pipelines.protocols.chest.analyse:STEPS",
    overlay="radcaliper.pipelines.protocols.chest.overlay:draw",
    review="radcaliper.pipelines.protocols.chest.review:REVIEW",
    evaluation="radcaliper.learning.chest.evaluate:EVALUATION",
    geometry="radcaliper.pipelines.protocols.chest.geometry:GEOMETRY",
    views=("frontal_chest",),
    other_view="not_frontal_chest",
)
