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
    """By which name a measurement's interval is calibrated in ``qc/intervals.json``."""

    BY_NAME = "by name"
    BY_SITE = "by name and site"
    NONE = "none"
    """Never calibrated: the measurement has no interval."""


@dataclass(frozen=True)
class Code:
    """A code of a terminology, as SNOMED CT: its value and its meaning."""

    value: str
    meaning: str
    scheme: str = "SCT"


@dataclass(frozen=True)
class ReferenceRange:
    """The words for where a value lies among rising limits. They describe; they do not diagnose.

    ``words`` has one more entry than ``limits``; within ``noise`` of a limit, the difference between readers, a value
    is ``indeterminate``. Limits that depend on the projection stand in ``limits_by_view``: on a film whose view is not
    known, a value has the word that all views give it, or is ``indeterminate``. ``unit`` and ``sites``, where set, are
    the only ones that are classified. ``word_below`` names the detail that holds the word for a value below -``noise``.
    """

    limits: tuple[float, ...]
    words: tuple[str, ...]
    source: str
    noise: float = 0.0
    limits_by_view: Mapping[str, tuple[float, ...]] = field(default_factory=dict, hash=False)
    unit: Unit | None = None
    sites: tuple[str, ...] = ()
    word_below: str = ""

    def word(self, measured: MeasuredValue, view: str) -> str:
        """The word for a value on a film of a ``view`` (``PA``, ``AP`` or other); empty where none is agreed."""
        if (self.unit and measured.unit is not self.unit) or (self.sites and measured.site not in self.sites):
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

    ``function`` names, as ``module:function``, what measures it: on masks of one (H, W) shape, the grid of their pixels
    and the site where there are several; other protocols know what theirs takes. It is empty where several measurements
    are made at once. ``sites`` may be patterns (``curve_*``). ``structures`` are those that it is measured on,
    ``{site}`` standing for the site. ``signed`` values may be negative.
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

    def has(self, site: str, method: str) -> bool:
        """Whether the measurement may be made at a site by a method."""
        return method in self.methods and any(fnmatchcase(site, pattern) for pattern in self.sites)

    def measure(self, *inputs: object) -> MeasuredValue:
        """What ``function`` makes of its inputs; NotMeasurable where it has no honest answer."""
        measured: MeasuredValue = resolve_name(self.function)(*inputs)
        return measured

    def measured_on(self, site: str) -> tuple[str, ...]:
        """The structures that the measurement rests on at a site."""
        return tuple(name.format(site=site) for name in self.structures)

    def interval_key(self, site: str) -> str | None:
        """The name in the table of calibrated intervals; None where the interval was never calibrated."""
        keys = {Calibration.BY_NAME: self.name, Calibration.BY_SITE: f"{self.name}:{site}"}
        return keys.get(self.calibration)

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
        """A value of this measurement, in the grid's unit. Raises ValueError for a site or method it does not have."""
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
