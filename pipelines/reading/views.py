"""In which direction a DICOM film was taken, by its view tags, in the standard's terms only."""

from __future__ import annotations

from typing import Final

from pydicom.dataset import Dataset

from radcaliper.measurements.types import Projection
from radcaliper.pipelines.reading.header import items, text

_FRONTAL: Final = ("AP", "PA", "LLD", "RLD")
_LATERAL: Final = ("LL", "RL")
_OBLIQUE: Final = ("RLO", "LLO")
_OTHER_WORDS: Final = {
    "LAT": Projection.LATERAL,
    "LATERAL": Projection.LATERAL,
    "OBL": Projection.OBLIQUE,
    "OBLIQUE": Projection.OBLIQUE,
}
"""What machines write as View Position (0018,5101) beside the standard's terms."""

_CODES: Final[dict[str, tuple[str, Projection]]] = {
    "399348003": ("AP", Projection.FRONTAL),
    "272479007": ("PA", Projection.FRONTAL),
    "399033003": ("", Projection.FRONTAL),
    "399173006": ("LL", Projection.LATERAL),
    "399198007": ("RL", Projection.LATERAL),
    "399067008": ("", Projection.LATERAL),
    "399352003": ("", Projection.LATERAL),
    "399260004": ("", Projection.LATERAL),
    "30730003": ("", Projection.LATERAL),
    "399182000": ("", Projection.OBLIQUE),
    "399184004": ("", Projection.OBLIQUE),
    "399236003": ("", Projection.OBLIQUE),
    "399135007": ("", Projection.OBLIQUE),
    "399356000": ("", Projection.OBLIQUE),
    "399006002": ("", Projection.OBLIQUE),
    "399038007": ("", Projection.OBLIQUE),
    "399312000": ("", Projection.OBLIQUE),
    "399059000": ("", Projection.OBLIQUE),
    "399160007": ("", Projection.OBLIQUE),
    "260427002": ("", Projection.OBLIQUE),
    "260426006": ("", Projection.OBLIQUE),
}
"""SNOMED CT codes of context group 4010 (DX View)."""
_RETIRED: Final = {"R-10214": "272479007", "R-10228": "399352003"}
"""SNOMED RT codes that pydicom's table has no SNOMED CT code for."""


def _coded(item: Dataset) -> tuple[str, Projection | None]:
    code, scheme = text(item, "CodeValue"), text(item, "CodingSchemeDesignator")
    if scheme == "SCT":
        return _CODES.get(code, ("", None))
    if code in _RETIRED:
        return _CODES[_RETIRED[code]]
    from pydicom.sr.coding import Code  # it imports tables of all the standard's codes

    known = (found for sct, found in _CODES.items() if Code(code, scheme, "") == Code(sct, "SCT", ""))
    return next(known, ("", None))


def view_of(dataset: Dataset) -> tuple[str, Projection | None]:
    """(view, projection): one of ``AP``, ``PA``, ``LL``, ``RL``, ``RLD``, ``LLD``, ``RLO``, ``LLO`` or empty.

    View Position comes first, then View Code Sequence. A header's free words are never passed on.
    """
    word = text(dataset, "ViewPosition")
    for terms, projection in (
        (_FRONTAL, Projection.FRONTAL),
        (_LATERAL, Projection.LATERAL),
        (_OBLIQUE, Projection.OBLIQUE),
    ):
        if word in terms:
            return word, projection
    if word in _OTHER_WORDS:
        return "", _OTHER_WORDS[word]
    found = [_coded(item) for item in items(dataset, "ViewCodeSequence")]
    return next((each for each in found if each[1] is not None), ("", None))
