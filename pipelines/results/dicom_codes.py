"""The catalog's codes as DICOM writes them."""

from __future__ import annotations

from importlib.metadata import version
from typing import Final

from highdicom import AlgorithmIdentificationSequence
from highdicom.coding_schemes import CodingSchemeIdentificationItem
from highdicom.sr import CodedConcept
from pydicom.sr.codedict import codes

from radcaliper.measurements.specs import PRIVATE_SCHEME, Code
from radcaliper.measurements.types import Unit

_LONGEST_MEANING: Final = 64
SIDES: Final = {"right": codes.SCT.Right, "left": codes.SCT.Left}
UNITS: Final = {
    Unit.DEGREE: CodedConcept("deg", "UCUM", "degrees of plane angle"),
    Unit.MILLIMETRE: CodedConcept("mm", "UCUM", "millimeter"),
    Unit.PIXEL: CodedConcept("{pixels}", "UCUM", "pixels"),
    Unit.SQUARE_MILLIMETRE: CodedConcept("mm2", "UCUM", "square millimeter"),
    Unit.SQUARE_PIXEL: CodedConcept("{pixels}", "UCUM", "pixels"),
    Unit.RATIO: CodedConcept("1", "UCUM", "no units"),
}
"""An area in pixels is a number of them, as DICOM counts it."""


def concept(code: Code) -> CodedConcept:
    """A code of the catalog."""
    return CodedConcept(code.value, code.scheme, code.meaning[:_LONGEST_MEANING])


def private(name: str) -> CodedConcept:
    """A word of the tables, as a reason or a method, that no published terminology has."""
    return concept(Code(name, name.replace("_", " "), PRIVATE_SCHEME))


def private_scheme() -> CodingSchemeIdentificationItem:
    """What the private codes are, for whoever meets one."""
    return CodingSchemeIdentificationItem(
        PRIVATE_SCHEME,
        name="radcaliper: names of measurements, methods, statuses and reasons as in its tables",
        version=version("radcaliper"),
        responsible_organization="The radcaliper authors",
    )


def algorithm() -> AlgorithmIdentificationSequence:
    """What made the masks."""
    return AlgorithmIdentificationSequence(
        name="radcaliper", version=version("radcaliper"), family=codes.DCM.ArtificialIntelligence
    )
