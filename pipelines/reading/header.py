"""Values of a DICOM header, where malformed means absent."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from math import isfinite
from typing import Any, Final

from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException

MALFORMED: Final = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    ArithmeticError,
    NotImplementedError,
    struct.error,
    BytesLengthException,
)
"""What pydicom raises for values that the standard does not allow."""


def value(dataset: Dataset, keyword: str) -> Any:
    """An element's value; None where it is missing, empty or cannot be read."""
    try:
        found = dataset.get(keyword)
    except MALFORMED:
        return None
    return None if found is None or (isinstance(found, (str, bytes)) and not found.strip()) else found


def _parts(found: Any) -> list[Any]:
    """A value as the list of its components, also where it was read with another type than the standard's."""
    if isinstance(found, bytes):
        found = found.decode("latin-1")
    if isinstance(found, str):
        return found.split("\\")
    return list(found) if isinstance(found, Iterable) else [found]


def numbers(dataset: Dataset, keyword: str) -> tuple[float, ...]:
    """All components as finite numbers; none at all where one of them is malformed."""
    found = value(dataset, keyword)
    if found is None:
        return ()
    try:
        parsed = tuple(float(part) for part in _parts(found))
    except MALFORMED:
        return ()
    return parsed if all(map(isfinite, parsed)) else ()


def number(dataset: Dataset, keyword: str) -> float | None:
    """The first component as a finite number."""
    found = numbers(dataset, keyword)
    return found[0] if found else None


def whole_number(dataset: Dataset, keyword: str) -> int | None:
    """The first component where it is a whole number."""
    found = number(dataset, keyword)
    return int(found) if found is not None and found == int(found) else None


def texts(dataset: Dataset, keyword: str) -> tuple[str, ...]:
    """All components as words in capitals, without surrounding space."""
    found = value(dataset, keyword)
    return () if found is None else tuple(str(part).strip(" \0").upper() for part in _parts(found))


def text(dataset: Dataset, keyword: str) -> str:
    """The first component as a word in capitals; empty where there is none."""
    return next(iter(texts(dataset, keyword)), "")


def items(dataset: Dataset, keyword: str) -> list[Dataset]:
    """The items of a sequence; none where it is missing or no sequence."""
    found = value(dataset, keyword)
    if found is None or isinstance(found, (str, bytes)) or not isinstance(found, Iterable):
        return []
    return [item for item in found if isinstance(item, Dataset)]
