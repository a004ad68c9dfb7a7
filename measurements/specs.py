"""What a measurement and a structure are, as data: the entries of the catalog, from which all other tables derive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from pkgutil import resolve_name
from typing import Final

from radcaliper.measurements.types import Grid, MeasuredValue, Point, Unit

Rgb = tuple[int, int, int]
"""Red, green, blue, 0 to 255."""
INDETERMINATE: Final = "indeterminate"
PRIVATE_SCHEME: Final = "99RADCALIPER"
"""The coding scheme of what no published terminology has a code for; its values are the names in the tables."""
_ROUNDING: Final = 1e-9


class Quantity(StrEnum):
    """What kind of quantity a measurement is; the unit follows from it and from the film's grid."""

    ANGLE = "angle"
    LENGTH = "length"
    AREA = "area"
    RATIO = "ratio"

    def unit(self, grid: Grid) -> Unit:
        """The unit of a value on a grid: degrees, a ratio, or millimetres where the spacing is known, else pixels."""
        units = {Quantity.ANGLE: Unit.DEGREE, Quantity.LENGTH: grid.length_unit, Quantity.AREA: grid.area_unit}
        return units.get(self, Unit.RATIO)


class Calibration(StrEnum):
    """By which name an interval is calibrated in ``qc/intervals.json``, of tubes in ``qc/tube_intervals.json``."""

    BY_NAME = "by name"
    BY_SITE = "by name and site"
    NONE = "none"
    """Never calibrated: the measurement has no interval."""


@dataclass(frozen=True)
class Code:
    """A code of a terminology: its value, its meaning, and the terminology as DICOM designates it (SCT: SNOMED CT)."""

    value: str
    meaning: str
    scheme: str = "SCT"


@dataclass(frozen=True)
class ReferenceRange:
    """The words for where a value lies among rising limits. They describe; they do not diagnose.

    Attributes
    ----------
    limits : tuple[float, ...]
        Rising limits, in the measurement's unit.
    words : tuple[str, ...]
        The words for the ranges between them, one more than there are limits; a limit belongs to the range above it.
    source : str
        Where the limits come from.
    noise : float
        The difference between readers: within it of a limit, a value is ``indeterminate``.
    limits_by_view : Mapping[str, tuple[float, ...]]
        Limits that depend on the projection. On a film whose view is not known, a value has the word that all views
        give it, or is ``indeterminate``.
    unit : Unit | None
        The only unit that is classified, if set.
    sites : tuple[str, ...]
        The only sites that are classified, if set.
    word_below : str
        The detail that holds the word for a value below -``noise``.
    no_word_with : str
        The detail with which a value has no word, as one of the largest curve where only a part of the spine is seen.
    """

    limits: tuple[float, ...]
    words: tuple[str, ...]
    source: str
    noise: float = 0.0
    limits_by_view: Mapping[str, tuple[float, ...]] = field(default_factory=dict, hash=False)
    unit: Unit | None = None
    sites: tuple[str, ...] = ()
    word_below: str = ""
    no_word_with: str = ""

    def word(self, measured: MeasuredValue, view: str) -> str:
        """Say where a value lies among the limits.

        Parameters
        ----------
        measured : MeasuredValue
            The value.
        view : str
            The film's projection: ``PA``, ``AP`` or other.

        Returns
        -------
        str
            One of ``words``, or ``indeterminate``; empty where none is agreed for the value's unit or site.

        Examples
        --------
        >>> from radcaliper.measurements.catalog import CARDIOTHORACIC_RATIO
        >>> reference = CARDIOTHORACIC_RATIO.reference
        >>> [reference.word(CARDIOTHORACIC_RATIO.value(ratio, Grid()), "PA") for ratio in (0.45, 0.51, 0.60)]
        ['normal', 'indeterminate', 'enlarged']
        """
        if (self.unit and measured.unit is not self.unit) or (self.sites and measured.site not in self.sites):
            return ""
        if self.no_word_with and self.no_word_with in measured.details:
            return ""
        if self.word_below and measured.value < -self.noise:
            return measured.details[self.word_below]
        views = self.limits_by_view
        asked = (views[view],) if view in views else tuple(views.values()) or (self.limits,)
        found = {self._among(measured.value, limits) for limits in asked}
        return found.pop() if len(found) == 1 else INDETERMINATE

    def _among(self, value: float, limits: tuple[float, ...]) -> str:
        if self.noise and any(abs(value - limit) <= self.noise + _ROUNDING for limit in limits):
            return INDETERMINATE
        return self.words[sum(value >= limit for limit in limits)]


@dataclass(frozen=True)
class MeasurementSpec:
    """One measurement: what it is called, what it is of, and what is known of its values.

    Attributes
    ----------
    name, protocol : str
        Its name in files, and the protocol that makes it.
    label, definition : str
        Its name for people, and what it is in a sentence.
    quantity : Quantity
        An angle, a length, an area or a ratio; the unit follows from it.
    structures : tuple[str, ...]
        The structures that it is measured on, ``{site}`` standing for the site.
    function : str
        What measures it, as ``module:function``: on masks of one (H, W) shape, the grid of their pixels and the site
        where there are several; other protocols know what theirs takes. Empty where several measurements are made at
        once.
    sites : tuple[str, ...]
        Where it is made; may be patterns (``curve_*``).
    methods : tuple[str, ...]
        What it is made from.
    signed : bool
        Whether values may be negative.
    calibration : Calibration
        By which name its interval is calibrated, if it is.
    reference : ReferenceRange | None
        The limits that a value is described by.
    plausible_mm : tuple[float, float] | None
        The shortest and the longest that a length can be in any person; beyond them the film's spacing is not true.
    pitfalls : str
        What makes a value mislead that is measured as defined, for whoever reads it.
    least_change : float | None
        The smallest difference between two films of a patient that readers call a change; None where it is the
        difference between readers, ``reference.noise``.
    standard_code : Code | None
        What DICOM calls it, together with its finding site; None where no published terminology has it.
    region : Code | None
        The finding site, where that is not ``structures``.
    """

    name: str
    protocol: str
    label: str
    definition: str
    quantity: Quantity
    structures: tuple[str, ...]
    function: str = ""
    sites: tuple[str, ...] = ("",)
    methods: tuple[str, ...] = ("mask",)
    signed: bool = False
    calibration: Calibration = Calibration.NONE
    reference: ReferenceRange | None = None
    plausible_mm: tuple[float, float] | None = None
    pitfalls: str = ""
    least_change: float | None = None
    standard_code: Code | None = None
    region: Code | None = None

    @property
    def code(self) -> Code:
        """Its code: a published one, or one of ``PRIVATE_SCHEME``."""
        return self.standard_code or Code(self.name, self.label, PRIVATE_SCHEME)

    def has(self, site: str, method: str) -> bool:
        """Whether the measurement may be made at a site by a method."""
        return method in self.methods and any(fnmatchcase(site, pattern) for pattern in self.sites)

    def measure(self, *inputs: object) -> MeasuredValue:
        """Measure, by calling ``function``.

        Parameters
        ----------
        *inputs : object
            What ``function`` takes, as masks, a grid and a site.

        Returns
        -------
        MeasuredValue
            What ``function`` makes of its inputs.

        Raises
        ------
        NotMeasurable
            Where there is no honest answer; its reason is one of the documented codes.

        Examples
        --------
        >>> from radcaliper.measurements.catalog import HEART_WIDTH
        >>> heart = np.zeros((100, 100), bool)
        >>> heart[50:80, 30:70] = True
        >>> HEART_WIDTH.measure({"heart": heart}, Grid()).value
        40.0
        """
        measured: MeasuredValue = resolve_name(self.function)(*inputs)
        return measured

    def measured_on(self, site: str) -> tuple[str, ...]:
        """The structures that the measurement rests on at a site."""
        return tuple(name.format(site=site) for name in self.structures)

    def interval_key(self, site: str) -> str | None:
        """The name in the table of calibrated intervals; None where the interval was never calibrated."""
        keys = {Calibration.BY_NAME: self.name, Calibration.BY_SITE: f"{self.name}:{site}"}
        return keys.get(self.calibration)

    def noise_between_films(self, unit: Unit) -> float:
        """The difference between two films of a patient that readers' noise alone may make, in a unit; 0 if unknown."""
        if self.least_change is not None:
            return self.least_change
        reference = self.reference
        return 0.0 if reference is None or reference.unit not in (None, unit) else reference.noise

    def reference_class(self, measured: MeasuredValue, view: str) -> str:
        """The word for a value against the reference range; empty where none is agreed."""
        return "" if self.reference is None else self.reference.word(measured, view)

    def value(  # noqa: PLR0913  what a measured value is made of
        self,
        value: float,
        grid: Grid,
        points: tuple[Point, ...] = (),
        site: str = "",
        method: str = "mask",
        details: Mapping[str, str] | None = None,
    ) -> MeasuredValue:
        """Make a value of this measurement, in the grid's unit.

        Parameters
        ----------
        value : float
            The number, in the unit that the quantity has on the grid.
        grid : Grid
            Size of the pixels that it was measured on.
        points : tuple[Point, ...]
            The points a person would draw to get it.
        site : str
            Where it was made, as ``right``.
        method : str
            What it was made from.
        details : Mapping[str, str] | None
            What else is known of it, by name.

        Returns
        -------
        MeasuredValue
            The value with its unit.

        Raises
        ------
        ValueError
            For a site or a method that the measurement does not have.

        Examples
        --------
        >>> from radcaliper.measurements.catalog import LUNG_HEIGHT
        >>> height = LUNG_HEIGHT.value(240.0, Grid(0.5, 0.5, "mm"), site="left")
        >>> height.value, height.unit.value, height.site
        (240.0, 'mm', 'left')
        """
        if not self.has(site, method):
            raise ValueError(f"{self.name} has no site {site!r} with method {method!r}")
        return MeasuredValue(self, value, self.quantity.unit(grid), points, site, method, details or {})


@dataclass(frozen=True)
class StructureSpec:
    """One structure of one protocol: its name in files, its label for people, its code and its colour.

    A ``vital`` structure is one without which its protocol measures nothing; one that ``may_be_absent`` has a presence.
    ``quality_fit`` is the entry of ``qc/mask_quality.json`` that predicts its Dice. ``pattern`` is set where one entry
    stands for several structures (``vertebra_*``).
    """

    name: str
    protocol: str
    label: str
    code: Code
    colour: Rgb
    laterality: str = ""
    vital: bool = False
    may_be_absent: bool = False
    quality_fit: str = "default"
    pattern: str = ""

    def matches(self, structure: str) -> bool:
        """Whether a structure of that name is this one."""
        return fnmatchcase(structure, self.pattern or self.name)
