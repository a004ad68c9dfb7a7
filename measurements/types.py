"""The few types that every part of radcaliper passes around. All are immutable; arrays are never written to.

Coordinates are (row, col) in the film's own pixels, (0, 0) the centre of the first pixel, rows running down and columns
to the right of the image. Right and left are the patient's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.file_geometry import FileGeometry

Mask = NDArray[np.bool_]
Masks = Mapping[str, Mask]
"""Masks by structure name, all of one (H, W) shape."""


class Point(NamedTuple):
    """A place on the film, in pixels."""

    row: float
    col: float


class Status(StrEnum):
    """How far a film, a mask or a number may be relied on."""

    OK = "ok"
    REVIEW = "review"
    REFUSED = "refused"
    FAILED = "failed"
    ABSENT = "absent"


class SpacingSource(StrEnum):
    """Where a pixel spacing comes from."""

    CALIBRATED = "calibrated"
    DETECTOR = "detector"
    DETECTOR_OVER_MAGNIFICATION = "detector_over_magnification"
    HEADER = "header"
    USER = "user"


class Projection(StrEnum):
    """The direction that a film was taken in, as its file says."""

    FRONTAL = "frontal"
    LATERAL = "lateral"
    OBLIQUE = "oblique"


class Unit(StrEnum):
    """Units that a measurement may leave with."""

    DEGREE = "deg"
    MILLIMETRE = "mm"
    PIXEL = "px"
    SQUARE_MILLIMETRE = "mm2"
    SQUARE_PIXEL = "px2"
    RATIO = "ratio"


class NotMeasurable(ValueError):
    """Raised by a measuring function that has no honest answer; ``reason`` is one of the documented codes."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class PixelSpacing:
    """Millimetres a pixel along rows (down) and columns (across), both above zero, and where they come from."""

    row_mm: float
    col_mm: float
    source: SpacingSource

    def __post_init__(self) -> None:
        if not (0 < self.row_mm < np.inf and 0 < self.col_mm < np.inf):
            raise ValueError(f"pixel spacing must be positive and finite, not {self.row_mm} x {self.col_mm} mm")


@dataclass(frozen=True)
class Grid:
    """The size of a pixel in the unit that lengths are wanted in: millimetres, or pixels of the film."""

    row: float = 1.0
    col: float = 1.0
    unit: Literal["mm", "px"] = "px"

    @property
    def length_unit(self) -> Unit:
        """The unit of lengths."""
        return Unit(self.unit)

    @property
    def area_unit(self) -> Unit:
        """The unit of areas."""
        return Unit(f"{self.unit}2")

    def length(self, a: Point, b: Point) -> float:
        """Distance between two points."""
        return float(np.hypot((a.row - b.row) * self.row, (a.col - b.col) * self.col))

    def coarser(self, step: float) -> Grid:
        """The grid of an image whose pixels are ``step`` of these pixels wide and high."""
        return Grid(self.row * step, self.col * step, self.unit)


@dataclass(frozen=True, eq=False)
class Radiograph:
    """One film: ``pixels`` float32 (H, W), upright, with square pixels, bone bright, as far as its file says how.

    ``view`` is the projection in DICOM's terms (``PA``, ``AP``, ``LL``, ...) or empty; ``laterality`` is ``R``, ``L``
    or empty. ``turned_bright`` says that the file showed bone dark and that this was put right. ``geometry`` is how the
    film lies on the file's pixels, None where it is the file's pixels as they are.
    """

    pixels: NDArray[np.float32]
    spacing: PixelSpacing | None = None
    view: str = ""
    laterality: str = ""
    source: str = ""
    turned_bright: bool = False
    geometry: FileGeometry | None = None
    projection: Projection | None = None
    """What all of the file's tags say together: a lateral by its orientation has no ``view``."""
    sides_tagged: bool = False
    """The file says where the patient's right is, and the film shows it so: on the image's left."""
    implausible_spacing: bool = False
    """The file gives a pixel spacing that no film has; it is not used."""

    def __post_init__(self) -> None:
        if self.pixels.ndim != 2 or self.pixels.dtype != np.float32:
            raise ValueError(f"pixels must be float32 (H, W), not {self.pixels.dtype} {self.pixels.shape}")

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width)."""
        return int(self.pixels.shape[0]), int(self.pixels.shape[1])

    @property
    def on_file(self) -> FileGeometry:
        """How the film lies on its file's pixels."""
        return self.geometry or FileGeometry.as_stored(self.shape)

    def turned(self, quarter_turns: int) -> Radiograph:
        """The same film turned by 90 degrees counterclockwise, as by ``numpy.rot90``; it still knows its file."""
        spacing = self.spacing
        if spacing is not None and quarter_turns % 2:
            spacing = replace(spacing, row_mm=spacing.col_mm, col_mm=spacing.row_mm)
        pixels = np.ascontiguousarray(np.rot90(self.pixels, quarter_turns))
        return replace(self, pixels=pixels, spacing=spacing, geometry=self.on_file.turned(quarter_turns))

    def inverted(self) -> Radiograph:
        """The same film with bone shown bright where it was dark."""
        low, high = self.pixels.min(), self.pixels.max()
        return replace(self, pixels=high + low - self.pixels, turned_bright=True)

    @property
    def grid(self) -> Grid:
        """The pixel size that measurements use: millimetres where the spacing is known, else the file's own pixels.

        Of pixels that are not square, the finer side counts.
        """
        if self.spacing is not None:
            return grid_of(self.spacing)
        step = self.on_file.px_per_pixel
        return Grid(step, step)


def grid_of(spacing: PixelSpacing | None) -> Grid:
    """The grid in millimetres where a spacing is known, else in pixels."""
    return Grid() if spacing is None else Grid(spacing.row_mm, spacing.col_mm, "mm")


@dataclass(frozen=True)
class Landmark:
    """A named place and how sure its finder is, 0 to 1."""

    point: Point
    confidence: float


@dataclass(frozen=True)
class Variants:
    """Other plausible readings of the same film, on a coarser grid.

    ``masks`` holds the structures of each reading; one pixel of them is ``step`` pixels of the film. ``landmarks``
    holds each reading's landmarks, in the film's own pixels.
    """

    step: float
    masks: tuple[Masks, ...] = ()
    landmarks: tuple[Mapping[str, Landmark], ...] = ()


@dataclass(frozen=True)
class Segmentation:
    """What the networks saw: masks (H, W) by name at the film's own size, landmarks, and what quality needs.

    ``agreement`` is the mean pairwise Dice of the variants by structure; ``margin`` the mean certainty along the
    outline, 0 (undecided) to 1; ``presence`` the probability that a structure that may be missing, as a tube, is there.
    ``doubts`` holds by structure what else speaks against its mask, by name, from 0 (nothing) upwards.
    ``courses`` holds lines from their entry to their tip.
    """

    masks: Masks
    variants: Variants
    agreement: Mapping[str, float] = field(default_factory=dict)
    margin: Mapping[str, float] = field(default_factory=dict)
    landmarks: Mapping[str, Landmark] = field(default_factory=dict)
    presence: Mapping[str, float] = field(default_factory=dict)
    doubts: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    courses: Mapping[str, tuple[Point, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """A gate's verdict: ``reason`` is a documented code; ``status`` is what it makes of the film or the number."""

    reason: str
    status: Literal[Status.REVIEW, Status.REFUSED]
    affects: tuple[str, ...] = ()
    """Measurements or structures it holds for; empty for the whole film."""


@dataclass(frozen=True)
class MaskQuality:
    """How good one mask is believed to be: ``quality`` is its predicted Dice, ``quality_lower`` a 90 % lower bound."""

    structure: str
    status: Status
    quality: float | None
    quality_lower: float | None
    area_px: int | None
    area_mm2: float | None
    presence: float | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """What a measuring function returns: a value with the points a person would draw to get it."""

    measurement: str
    value: float
    unit: Unit
    points: tuple[Point, ...] = ()
    site: str = ""
    method: str = "mask"
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Measurement:
    """A number as it leaves the house. Refused: no value, but a reason. Else lower <= value <= upper."""

    measurement: str
    site: str
    method: str
    status: Status
    value: float | None = None
    unit: Unit | None = None
    lower: float | None = None
    upper: float | None = None
    reference_class: str = ""
    reasons: tuple[str, ...] = ()
    points: tuple[Point, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, reading: Reading, interval: tuple[float, float], reference_class: str, reasons: tuple[str, ...]
    ) -> Measurement:
        """A reading as a number with its (lower, upper); to be reviewed where there is a reason."""
        return cls(
            reading.measurement,
            reading.site,
            reading.method,
            Status.REVIEW if reasons else Status.OK,
            reading.value,
            reading.unit,
            *interval,
            reference_class,
            reasons,
            reading.points,
            reading.details,
        )

    def __post_init__(self) -> None:
        if self.status is Status.REFUSED:
            if self.value is not None or not self.reasons:
                raise ValueError(f"{self.measurement}: a refused measurement has a reason and no value")
        elif self.value is None or self.lower is None or self.upper is None or self.unit is None:
            raise ValueError(f"{self.measurement}: a measurement needs a value, a unit and an interval")
        elif not self.lower <= self.value <= self.upper:
            raise ValueError(f"{self.measurement}: {self.lower} <= {self.value} <= {self.upper} does not hold")
        if self.status is Status.REVIEW and not self.reasons:
            raise ValueError(f"{self.measurement}: review needs a reason")


@dataclass(frozen=True)
class Analysis:
    """Everything about one measured film; the only thing that writers and the viewer need."""

    image: str
    radiograph: Radiograph
    protocol: str
    model: str
    status: Status
    reasons: tuple[str, ...] = ()
    segmentation: Segmentation | None = None
    qualities: tuple[MaskQuality, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    landmarks: Mapping[str, Landmark] = field(default_factory=dict)
