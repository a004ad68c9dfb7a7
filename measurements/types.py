"""The few types that every part of radcaliper passes around. All are immutable; arrays are never written to.

Coordinates are (row, col) in the film's own pixels, (0, 0) the centre of the first pixel, rows running down and columns
to the right of the image. Right and left are the patient's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from radcaliper.measurements.file_geometry import FileGeometry

if TYPE_CHECKING:
    from radcaliper.measurements.specs import MeasurementSpec

Mask = NDArray[np.bool_]
Masks = Mapping[str, Mask]
"""Masks by structure name, all of one (H, W) shape."""


Interval = tuple[float, float]
"""(lower, upper) of a measurement."""


class Key(NamedTuple):
    """Which of a film's measurements: its name, its site and its method."""

    measurement: str
    site: str
    method: str


class Point(NamedTuple):
    """A place on the film, in pixels."""

    row: float
    col: float


ORIGIN: Final = Point(0.0, 0.0)


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
    """Raised by a function that cannot measure what it is given; ``reason`` is one of the documented codes.

    ``words`` say what is wrong with the input, for whoever calls the function by itself.
    """

    def __init__(self, reason: str, words: str = "") -> None:
        super().__init__(f"{reason}: {words}" if words else reason)
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
    """The size of a pixel in the unit that lengths are wanted in: millimetres, or pixels of the film.

    Attributes
    ----------
    row, col : float
        Height and width of a pixel, in ``unit``.
    unit : {"mm", "px"}
        Millimetres where the pixel spacing is known, else pixels.

    Examples
    --------
    >>> grid = Grid(0.5, 0.25, "mm")
    >>> grid.length(Point(0, 0), Point(6, 16))
    5.0
    >>> grid.coarser(2.0)
    Grid(row=1.0, col=0.5, unit='mm')
    """

    row: float = 1.0
    col: float = 1.0
    unit: Literal["mm", "px"] = "px"

    def __post_init__(self) -> None:
        if not (0 < self.row < np.inf and 0 < self.col < np.inf):
            raise ValueError(f"the size of a pixel must be positive and finite, not {self.row} x {self.col}")

    @property
    def is_square(self) -> bool:
        """Whether pixels are as high as they are wide, to a thousandth."""
        return bool(np.isclose(self.row, self.col, rtol=1e-3))

    @property
    def length_unit(self) -> Unit:
        """The unit of lengths."""
        return Unit(self.unit)

    @property
    def area_unit(self) -> Unit:
        """The unit of areas."""
        return Unit(f"{self.unit}2")

    def length(self, a: Point, b: Point) -> float:
        """Compute the distance between two points.

        Parameters
        ----------
        a, b : Point
            Points in pixels.

        Returns
        -------
        float
            The distance, in the grid's unit.

        Examples
        --------
        >>> Grid(0.5, 0.5, "mm").length(Point(0, 0), Point(6, 8))
        5.0
        """
        return float(np.hypot((a.row - b.row) * self.row, (a.col - b.col) * self.col))

    def coarser(self, step: float) -> Grid:
        """Give the grid of a coarser image of the same film.

        Parameters
        ----------
        step : float
            How many of these pixels one pixel of that image is wide and high.

        Returns
        -------
        Grid
            The grid of that image, in the same unit.

        Examples
        --------
        >>> Grid(0.5, 0.5, "mm").coarser(4.0)
        Grid(row=2.0, col=2.0, unit='mm')
        """
        return Grid(self.row * step, self.col * step, self.unit)


@dataclass(frozen=True, eq=False)
class Radiograph:
    """One film: upright, with square pixels and bone bright, as far as its file says how it lies.

    Attributes
    ----------
    pixels : NDArray[np.float32]
        (H, W) grey values, rows running down.
    spacing : PixelSpacing | None
        The pixel size, where it is known.
    view : str
        The projection in DICOM's terms (``PA``, ``AP``, ``LL``, ...), or empty.
    laterality : str
        ``R``, ``L``, or empty.
    source : str
        The name of the file that it was read from, if that is kept.
    turned_bright : bool
        Whether the file showed bone dark and this was put right.
    geometry : FileGeometry | None
        How the film lies on its file's pixels; None where it is the file's pixels as they are.
    projection : Projection | None
        What all of the file's tags say together: a film that is lateral by its orientation may have no ``view``.
    sides_tagged : bool
        Whether the file says where the patient's right is, and the film shows it so: on the image's left.
    implausible_spacing : bool
        Whether the file gives a pixel spacing that no film has; it is not used.
    burned_in_text : bool
        Whether text was drawn into the pixels, as the file says or as it is seen.

    Raises
    ------
    ValueError
        If the pixels are not float32 of two dimensions.

    Examples
    --------
    >>> film = Radiograph(np.zeros((4, 6), np.float32), PixelSpacing(0.5, 0.5, SpacingSource.USER), view="PA")
    >>> film.shape, film.grid
    ((4, 6), Grid(row=0.5, col=0.5, unit='mm'))
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
    burned_in_text: bool = False
    """Text was drawn into the film's pixels, as the file says or as it is seen."""

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
class Pass:
    """What one pass of test-time augmentation says of a film, brought back to it.

    ``masks`` lie on a coarser grid: one pixel of them is ``step`` pixels of the film, and their first pixel's centre
    lies at ``origin``. ``landmarks`` are in the film's own pixels.
    """

    masks: Masks = field(default_factory=dict)
    landmarks: Mapping[str, Landmark] = field(default_factory=dict)
    step: float = 1.0
    origin: Point = ORIGIN


@dataclass(frozen=True)
class Course:
    """A line on the film from its entry to its tip, and the probability that it is there.

    ``leaves_film`` and ``leaves_window``: it goes on beyond what the film, or the part of it that was looked at
    closely, shows, so that its tip is not seen.
    """

    points: tuple[Point, ...]
    presence: float
    leaves_film: bool = False
    leaves_window: bool = False

    @property
    def shows_tip(self) -> bool:
        """Whether the last point is the tip."""
        return not (self.leaves_film or self.leaves_window)


@dataclass(frozen=True)
class VertebraLevels:
    """The anatomical level of each vertebra, as ``T12``, and the probability that all are right, 0 for none."""

    names: Mapping[str, str] = field(default_factory=dict)
    probability: float = 0.0


@dataclass(frozen=True)
class Prediction:
    """What a network says of a film, by structure or landmark: one type for all networks.

    Attributes
    ----------
    masks : Masks
        (H, W) masks of the film's own size.
    landmarks : Mapping[str, Landmark]
        Landmarks in the film's own pixels.
    passes : tuple[Pass, ...]
        The passes of test-time augmentation that masks and landmarks were made from.
    agreement : Mapping[str, float]
        Mean pairwise Dice of the passes, 0 to 1.
    margin : Mapping[str, float]
        Mean certainty along the outline, 0 to 1.
    features : Mapping[str, Mapping[str, float]]
        Further quality features, from 0 (nothing speaks against the mask) upwards.
    descriptors : Mapping[str, Mapping[str, float]]
        Numbers of any sign that describe a mask's outline and grey, from which its loss of Dice is learned.
    presence : Mapping[str, float]
        The probability that a structure that may be absent is there.
    courses : Mapping[str, Course]
        Lines in the film's own pixels.
    closer : Mapping[str, Prediction]
        Predictions on parts of the film, by what they show. Their masks are of the part's size and begin at their
        ``origin``; their landmarks, courses and passes are in the whole film's pixels.
    origin : Point
        Where the masks' first pixel lies on the film.
    levels : VertebraLevels
        Which vertebra is which.

    Examples
    --------
    >>> prediction = Prediction(masks={"heart": np.ones((4, 6), bool)}, agreement={"heart": 0.95})
    >>> prediction.masks["heart"].shape, prediction.agreement["heart"]
    ((4, 6), 0.95)
    """

    masks: Masks = field(default_factory=dict)
    landmarks: Mapping[str, Landmark] = field(default_factory=dict)
    passes: tuple[Pass, ...] = ()
    agreement: Mapping[str, float] = field(default_factory=dict)
    margin: Mapping[str, float] = field(default_factory=dict)
    features: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    descriptors: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    presence: Mapping[str, float] = field(default_factory=dict)
    courses: Mapping[str, Course] = field(default_factory=dict)
    closer: Mapping[str, Prediction] = field(default_factory=dict)
    origin: Point = ORIGIN
    levels: VertebraLevels = field(default_factory=VertebraLevels)


@dataclass(frozen=True)
class Finding:
    """What a gate found: ``reason`` is a documented code; ``status`` is what it makes of the film or the measurement.

    ``affects`` names the measurements or sites that it holds for; empty for the whole film.
    """

    reason: str
    status: Literal[Status.REVIEW, Status.REFUSED]
    affects: tuple[str, ...] = ()

    def concerns(self, measurement: str, site: str) -> bool:
        """Whether it names a measurement, or the site where it is made."""
        return measurement in self.affects or (site != "" and site in self.affects)


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
class MeasuredValue:
    """What a measuring function returns: a value with the points a person would draw to get it.

    Attributes
    ----------
    spec : MeasurementSpec
        The measurement's entry in the catalog.
    value : float
        The number, in ``unit``.
    unit : Unit
        Its unit.
    points : tuple[Point, ...]
        The points that it is measured between, in pixels.
    site : str
        Where it is made, as ``right``; empty where there is only one site.
    method : str
        What it is made from, as ``mask``.
    details : Mapping[str, str]
        What else is known of it, by name.
    """

    spec: MeasurementSpec
    value: float
    unit: Unit
    points: tuple[Point, ...] = ()
    site: str = ""
    method: str = "mask"
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        """Which of the film's measurements it is."""
        return Key(self.spec.name, self.site, self.method)


@dataclass(frozen=True)
class Measurement:
    """One measurement of a film as it is written.

    One that is refused, or absent with what it would be of, has a reason and no value. Every other has a value with its
    unit; lower <= value <= upper holds where its interval is calibrated, and one whose interval was never calibrated
    has neither lower nor upper.

    Attributes
    ----------
    spec : MeasurementSpec
        The measurement's entry in the catalog.
    site, method : str
        Where it is made, and from what.
    status : Status
        ``ok``, ``review``, ``refused`` or ``absent``.
    value : float | None
        The number, in ``unit``.
    unit : Unit | None
        Its unit.
    lower, upper : float | None
        The interval that holds the true value nine times in ten.
    reference_class : str
        The word for the value against the reference range; empty where none is agreed.
    reasons : tuple[str, ...]
        The documented codes that say why it is not ``ok``.
    points : tuple[Point, ...]
        The points that it is measured between, in the film's pixels.
    details : Mapping[str, str]
        What else is known of it, by name.

    Raises
    ------
    ValueError
        If value, interval, status and reasons contradict each other.

    Examples
    --------
    >>> from radcaliper.measurements.catalog import HEART_WIDTH
    >>> measurement = Measurement.of(HEART_WIDTH.value(130.0, Grid(1.0, 1.0, "mm")), (126.0, 134.0), "", ())
    >>> measurement.status.value, measurement.value, measurement.interval
    ('ok', 130.0, (126.0, 134.0))
    >>> Measurement.refused(HEART_WIDTH, "", "mask", "missing_structure").reasons
    ('missing_structure',)
    """

    spec: MeasurementSpec
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
        cls, measured: MeasuredValue, interval: Interval | None, reference_class: str, reasons: tuple[str, ...]
    ) -> Measurement:
        """A measured value with its interval; to be reviewed where there is a reason."""
        lower, upper = interval or (None, None)
        return cls(
            measured.spec,
            measured.site,
            measured.method,
            Status.REVIEW if reasons else Status.OK,
            measured.value,
            measured.unit,
            lower,
            upper,
            reference_class,
            reasons,
            measured.points,
            measured.details,
        )

    @classmethod
    def refused(cls, spec: MeasurementSpec, site: str, method: str, *reasons: str) -> Measurement:
        """A measurement that cannot be made, and why."""
        return cls(spec, site, method, Status.REFUSED, reasons=reasons)

    @classmethod
    def absent(cls, spec: MeasurementSpec, site: str, method: str, reason: str) -> Measurement:
        """A measurement of a structure that is not there."""
        return cls(spec, site, method, Status.ABSENT, reasons=(reason,))

    def __post_init__(self) -> None:
        if self.status in (Status.REFUSED, Status.ABSENT):
            if self.value is not None or not self.reasons:
                raise ValueError(f"{self.name}: a {self.status.value} measurement has a reason and no value")
        elif self.value is None or self.unit is None:
            raise ValueError(f"{self.name}: a measurement needs a value and a unit")
        elif (self.lower is None) != (self.upper is None):
            raise ValueError(f"{self.name}: an interval has two ends")
        elif self.lower is not None and self.upper is not None and not self.lower <= self.value <= self.upper:
            raise ValueError(f"{self.name}: {self.lower} <= {self.value} <= {self.upper} does not hold")
        if self.status is Status.REVIEW and not self.reasons:
            raise ValueError(f"{self.name}: review needs a reason")

    @property
    def name(self) -> str:
        """The measurement's name in files."""
        return self.spec.name

    @property
    def key(self) -> Key:
        """Which of the film's measurements it is."""
        return Key(self.spec.name, self.site, self.method)

    @property
    def interval(self) -> Interval | None:
        """(lower, upper), None where there is none."""
        return None if self.lower is None or self.upper is None else (self.lower, self.upper)


@dataclass(frozen=True)
class Analysis:
    """Everything about one measured film; the only thing that writers and the viewer need.

    Attributes
    ----------
    image : str
        The film's name.
    radiograph : Radiograph
        The film.
    protocol, model : str
        By what it was measured; empty where no protocol knows such films.
    status : Status
        ``ok``, ``review``, ``refused`` or ``failed``.
    reasons : tuple[str, ...]
        The documented codes that say why it is not ``ok``.
    prediction : Prediction | None
        What the networks say of it; None where it was refused.
    qualities : tuple[MaskQuality, ...]
        How good each mask is believed to be.
    measurements : tuple[Measurement, ...]
        The measurements, in the order of the tables.
    landmarks : Mapping[str, Landmark]
        The landmarks, in the film's own pixels.
    view : str
        The view that the film shows, as ``frontal_chest``; empty where it was not asked.
    view_probability : float | None
        The probability of that view, 0 to 1.
    """

    image: str
    radiograph: Radiograph
    protocol: str
    model: str
    status: Status
    reasons: tuple[str, ...] = ()
    prediction: Prediction | None = None
    qualities: tuple[MaskQuality, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    landmarks: Mapping[str, Landmark] = field(default_factory=dict)
    view: str = ""
    view_probability: float | None = None
