"""Which of the greys that a DICOM film holds are shown: by its VOI LUTs or windows, as far as they show the film."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from radcaliper.pipelines.reading.header import items, numbers, text
from radcaliper.pipelines.reading.lookup import LookupTable, lookup_table

_AT_END: Final = 0.01
"""Share of what can be shown, at either end, that counts as clipped."""
_MOST_CLIPPED_DARK: Final = 0.4
"""Share of the film that a window may clip to the dark end: the air around a patient is often left out."""
_MOST_CLIPPED_BRIGHT: Final = 0.2
_LEAST_RANGE: Final = 0.02
"""Share of what can be shown that the film must fill."""
_SAMPLES: Final = 512

Show = Callable[[NDArray[Any]], NDArray[np.float32]]
"""From values to what is shown of them, 0 to 1."""


@dataclass(frozen=True)
class Rescale:
    """Values in the units of the modality: ``slope`` times stored values, plus ``offset``."""

    slope: float = 1.0
    offset: float = 0.0


def _linear(low: float, high: float) -> Show:
    def show(values: NDArray[Any]) -> NDArray[np.float32]:
        return np.clip((values - low) / (high - low), 0, 1).astype(np.float32)

    return show


def _sigmoid(centre: float, width: float) -> Show:
    def show(values: NDArray[Any]) -> NDArray[np.float32]:
        return (1 / (1 + np.exp(np.clip(-4 * (values - centre) / width, -80, 80)))).astype(np.float32)

    return show


def _through(table: LookupTable, rescale: Rescale) -> Show:
    def show(values: NDArray[Any]) -> NDArray[np.float32]:
        return table(values * rescale.slope + rescale.offset)

    return show


def _window(centre: float, width: float, function: str, rescale: Rescale) -> Show | None:
    """A window of values in the modality's units, for stored values; None for one without an extent."""
    if function == "SIGMOID" and width > 0:
        return _sigmoid((centre - rescale.offset) / rescale.slope, width / abs(rescale.slope))
    exact = function == "LINEAR_EXACT"
    low, high = (centre - width / 2, centre + width / 2) if exact else (centre - width / 2, centre + width / 2 - 1)
    if high <= low:
        return None
    return _linear((low - rescale.offset) / rescale.slope, (high - rescale.offset) / rescale.slope)


def _offered(dataset: Dataset, rescale: Rescale, signed: bool) -> Iterator[Show]:
    """All ways of showing that the file gives, for stored values: lookup tables first."""
    for item in items(dataset, "VOILUTSequence"):
        table = lookup_table(item, signed)
        if table is not None:
            yield _through(table.scaled, rescale)
    centres, widths = numbers(dataset, "WindowCenter"), numbers(dataset, "WindowWidth")
    for centre, width in zip(centres, widths, strict=False):
        show = _window(centre, width, text(dataset, "VOILUTFunction"), rescale)
        if show is not None:
            yield show


def _shows_film(show: Show, values: NDArray[Any], bone_is_low: bool) -> bool:
    """Whether little of the film is clipped at either end, beyond what the file itself holds at its ends."""
    shown = show(values)
    if float(np.ptp(np.percentile(shown, (1, 99)))) < _LEAST_RANGE:
        return False
    within = (values > values.min()) & (values < values.max())
    low, high = ((end & within).mean() for end in (shown <= _AT_END, shown >= 1 - _AT_END))
    dark, bright = (high, low) if bone_is_low else (low, high)
    return bool(dark <= _MOST_CLIPPED_DARK and bright <= _MOST_CLIPPED_BRIGHT)


def _shown_by_value(show: Show, values: NDArray[Any]) -> NDArray[np.float32]:
    """What is shown of the values: each is computed once where there are fewer of them than pixels."""
    kind = values.dtype
    if kind.kind not in "iu" or not kind.isnative or kind.itemsize > 2 or values.size < 1 << 8 * kind.itemsize:
        return show(values)
    codes = values.view(f"u{kind.itemsize}")
    every = np.arange(1 << 8 * kind.itemsize, dtype=codes.dtype)
    return np.asarray(show(every.view(kind))[codes])


def shown(
    values: NDArray[Any], dataset: Dataset, rescale: Rescale, bone_is_low: bool = False
) -> NDArray[np.float32] | None:
    """Stored (H, W) values as the first of the file's lookup tables or windows shows them that shows the film.

    0 to 1; None where none does, so that the full range is to be shown. A window is judged by what it clips at
    both ends. ``bone_is_low`` says that low values are bright.
    """
    rows, cols = (max(1, side // _SAMPLES) for side in values.shape)
    sample = values[::rows, ::cols]
    signed = np.issubdtype(values.dtype, np.signedinteger) or rescale.offset < 0
    for show in _offered(dataset, rescale, signed):
        if _shows_film(show, sample, bone_is_low):
            return _shown_by_value(show, values)
    return None
