"""What the gates make of a copy of a film."""

from __future__ import annotations

from typing import Any

from radcaliper.learning.chest.film_copies import FilmCopy
from radcaliper.measurements.chest import rotation_ratio
from radcaliper.measurements.types import NotMeasurable, Status
from radcaliper.pipelines.protocols.chest import PROTOCOL
from radcaliper.pipelines.protocols.view_gate import view_of_film
from radcaliper.qc.gates.chest import chest_findings
from radcaliper.qc.gates.film import acquisition_findings, film_findings


def gate_of(copy: FilmCopy) -> dict[str, Any]:
    """Whether a copy is ``refused``, so that it shows no masks, and the ``reasons``, as written in tables.

    One that the view gate turns upright counts as refused: it is not the copy whose masks are judged.
    """
    try:
        rotation = rotation_ratio(copy.prediction.masks, copy.radiograph.grid).value
    except NotMeasurable:  # the gate then finds nothing about rotation
        rotation = None
    findings = (
        *film_findings(copy.radiograph),
        *chest_findings(copy.radiograph, copy.prediction, rotation),
        *acquisition_findings(copy.radiograph),
    )
    viewed = view_of_film(copy.radiograph)
    refused = (
        viewed.turns or not viewed.shows(PROTOCOL.views) or any(each.status is Status.REFUSED for each in findings)
    )
    return {"refused": bool(refused), "reasons": ";".join(finding.reason for finding in findings)}
