"""DICOM's lookup tables: Modality LUT and VOI LUT (PS3.3 C.11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from radcaliper.pipelines.reading.header import numbers, value

_MOST_ENTRIES: Final = 65536


@dataclass(frozen=True, eq=False)
class LookupTable:
    """``entries`` for the input values from ``first`` on; values outside get the nearest end's."""

    first: int
    entries: NDArray[np.float32]

    def __call__(self, inputs: NDArray[Any]) -> NDArray[np.float32]:
        """The table's entries for the inputs."""
        places = np.clip(np.rint(inputs) - self.first, 0, len(self.entries) - 1).astype(np.int32)
        return np.asarray(self.entries[places])

    @property
    def scaled(self) -> LookupTable:
        """The same table with its lowest entry at 0 and its highest at 1."""
        low, high = self.entries.min(), self.entries.max()
        return LookupTable(self.first, (self.entries - low) / (high - low))


def _entries(item: Dataset, count: int, bits: float) -> NDArray[np.float32] | None:
    data = value(item, "LUTData")
    if isinstance(data, (bytes, bytearray)):
        one_byte = len(data) < 2 * count or (bits <= 8 and len(data) == count)
        data = np.frombuffer(bytes(data), np.uint8 if one_byte else "<u2")
        if one_byte and bits > 8:
            return None  # shorter than it says
    elif data is None or np.ndim(data) != 1:
        return None
    return None if len(data) < count else np.asarray(data[:count], dtype=np.float32)


def lookup_table(item: Dataset, signed: bool) -> LookupTable | None:
    """The table of an item of a LUT sequence; None where it is broken: malformed, shorter than it says, or flat.

    ``signed`` says that the inputs are, and with them the first of them that the table knows.
    """
    descriptor = numbers(item, "LUTDescriptor")
    if len(descriptor) != 3:
        return None
    count, first = int(descriptor[0]) % _MOST_ENTRIES or _MOST_ENTRIES, int(descriptor[1])
    if signed and first >= _MOST_ENTRIES // 2:
        first -= _MOST_ENTRIES
    entries = _entries(item, count, descriptor[2])
    return None if entries is None or entries.min() == entries.max() else LookupTable(first, entries)
