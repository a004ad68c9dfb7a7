"""The user's settings file: thresholds of the status rules, in TOML.

[masks]                     # lower bound of the predicted Dice, 0 to 1
review_below = 0.80
refuse_below = 0.40
[masks.heart]               # for one structure
review_below = 0.85
[numbers]                   # width of the whole interval
widest_angle = 30           # degrees, for every angle
widest_share = 0.8          # of the value, for every other number that cannot be negative
[numbers.widest]            # by measurement, in its own unit
cardiothoracic_ratio = 0.10
[films]
allowed = ["inverted"]      # reasons that ask for no review
[calibration]               # as ``radcaliper calibrate`` writes it: which weights it holds for, fits and widths
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from radcaliper.measurements.spine.vertebra import vertebra_names
from radcaliper.models.registry import BUNDLES
from radcaliper.pipelines.protocols.registry import PROTOCOLS
from radcaliper.qc.calibration import Calibration
from radcaliper.qc.reasons import REASONS
from radcaliper.qc.status_rules import DEFAULT_RULES, StatusRules

_MOST_VERTEBRAE: Final = 25
_Dice = Annotated[float, Field(ge=0, le=1)]
_Width = Annotated[float, Field(ge=0, le=1e6)]


class BadSettings(ValueError):
    """A settings file that cannot be used; the message is one line."""


class _Table(BaseModel):
    """A table of the file: every key is known, and no value is bent into another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Limits(_Table):
    review_below: _Dice | None = None
    refuse_below: _Dice | None = None


class _Masks(_Limits):
    """The limits for every mask; further tables are those of one structure each."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, _Limits] = Field(init=False)


class _Numbers(_Table):
    widest_angle: Annotated[float, Field(ge=0, le=360)] = DEFAULT_RULES.widest_angle
    widest_share: Annotated[float, Field(ge=0, le=100)] = DEFAULT_RULES.widest_share
    widest: dict[str, _Width] = {}


class _Films(_Table):
    allowed: list[str] = []


class _IntervalWidth(_Table):
    scale: float
    floor: float
    share: float = 0.0


class _Fit(_Table):
    constant: float
    bound: list[list[float]]
    curves: dict[str, list[list[float]]]


class _Calibration(_Table):
    models: list[str] = []
    intervals: dict[str, _IntervalWidth] = {}
    quality: dict[str, _Fit] = {}


class _Settings(_Table):
    masks: _Masks = _Masks()
    numbers: _Numbers = _Numbers()
    films: _Films = _Films()
    calibration: _Calibration = _Calibration()


_HIGHEST: Final = {"widest_angle": 360.0, "widest_share": 100.0, "widest": 1e6}


def _structures() -> set[str]:
    """Every structure that a protocol may judge."""
    names = {spec.pattern or spec.name for protocol in PROTOCOLS.values() for spec in protocol.structures}
    return (names - {"vertebra_*"}) | set(vertebra_names(_MOST_VERTEBRAE))


def _measurements() -> set[str]:
    """Every measurement that a protocol may make."""
    return {spec.name for protocol in PROTOCOLS.values() for spec in protocol.measurements}


def _one_of(place: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        raise BadSettings(f"{place}: {name!r} is not known; there are {', '.join(sorted(known))}")


def _check_structure(name: str) -> None:
    _one_of("masks", name, _structures() | set(_Limits.model_fields))


def _known_keys(place: tuple[str, ...]) -> Collection[str]:
    """The keys of a table of the file."""
    tables: dict[str, type[_Table]] = {
        "": _Settings,
        "masks": _Limits,
        "numbers": _Numbers,
        "films": _Films,
        "calibration": _Calibration,
    }
    return tables[place[0] if place else ""].model_fields


def _complaint(error: ErrorDetails) -> BadSettings:
    """What pydantic found wrong, in a line."""
    place = tuple(str(part) for part in error["loc"])
    name = ".".join(place)
    if place[0] == "calibration":
        return BadSettings(f"{name}: not as radcaliper calibrate writes it ({error['msg'].lower()})")
    if place[0] == "masks" and len(place) > 1:
        _check_structure(place[1])
    match error["type"]:
        case "extra_forbidden":
            known = ", ".join(sorted(_known_keys(place[:-1])))
            return BadSettings(f"{'.'.join(place[:-1]) or 'settings'}: {place[-1]!r} is not known; there are {known}")
        case "model_type" | "dict_type":
            return BadSettings(f"{name} must be a table, as [{name}]")
        case "list_type" | "string_type":
            return BadSettings("films.allowed must be a list of reason codes")
    highest = _HIGHEST.get(place[1], 1.0)
    return BadSettings(f"{name} must be a number from 0 to {highest:g}, not {error['input']!r}")


def _by_structure(masks: _Masks, limit: str) -> dict[str, float]:
    """The values of a limit that hold for one structure each."""
    own = {structure: getattr(limits, limit) for structure, limits in masks.__pydantic_extra__.items()}
    return {structure: value for structure, value in own.items() if value is not None}


def _limit(value: float | None, default: float) -> float:
    return default if value is None else value


def _own_calibration(calibration: _Calibration) -> Calibration:
    """The user's own calibration; BadSettings for one of other weights, which says nothing of these."""
    if not calibration.intervals and not calibration.quality:
        return Calibration()
    here = {bundle.identity for bundle in BUNDLES.values()}
    if other := sorted(set(calibration.models) - here):
        raise BadSettings(f"calibration: made with other weights ({', '.join(other)}): run radcaliper calibrate again")
    try:
        return Calibration.of_table(calibration.model_dump())
    except (TypeError, ValueError) as error:
        raise BadSettings("calibration: not as radcaliper calibrate writes it") from error


def _rules(settings: _Settings) -> StatusRules:
    masks, numbers = settings.masks, settings.numbers
    return StatusRules(
        _limit(masks.review_below, DEFAULT_RULES.review_below),
        _limit(masks.refuse_below, DEFAULT_RULES.refuse_below),
        {**DEFAULT_RULES.review_below_by_structure, **_by_structure(masks, "review_below")},
        {**DEFAULT_RULES.refuse_below_by_structure, **_by_structure(masks, "refuse_below")},
        {**DEFAULT_RULES.widest, **numbers.widest},
        numbers.widest_angle,
        numbers.widest_share,
        tuple(sorted(set(settings.films.allowed))),
        _own_calibration(settings.calibration),
    )


def _check_names(settings: _Settings) -> None:
    """Raise BadSettings for a structure, a measurement or a reason that there is not."""
    for structure in settings.masks.__pydantic_extra__:
        _check_structure(structure)
    for measurement in settings.numbers.widest:
        _one_of("numbers.widest", measurement, _measurements())
    for code in settings.films.allowed:
        _one_of("films.allowed", code, REASONS)


def _check_order(rules: StatusRules) -> None:
    """Raise BadSettings where a mask would be refused that would not even be reviewed."""
    for name in {"", *rules.review_below_by_structure, *rules.refuse_below_by_structure}:
        review = rules.review_below_by_structure.get(name, rules.review_below)
        refuse = rules.refuse_below_by_structure.get(name, rules.refuse_below)
        if refuse > review:
            place = f"masks.{name}" if name else "masks"
            raise BadSettings(f"{place}: refuse_below ({refuse:g}) must not exceed review_below ({review:g})")


def rules_of(content: Mapping[str, Any]) -> StatusRules:
    """Make the status rules from the content of a settings file.

    Parameters
    ----------
    content : Mapping[str, Any]
        The tables of the file, as TOML is parsed.

    Returns
    -------
    StatusRules
        The rules; what the file does not name is as by default.

    Raises
    ------
    BadSettings
        For a key, a name or a value that cannot be used; the message says which in one line.

    Examples
    --------
    >>> rules_of({"masks": {"heart": {"review_below": 0.85}}}).review_below_by_structure["heart"]
    0.85
    """
    try:
        settings = _Settings.model_validate(dict(content))
    except ValidationError as error:
        raise _complaint(error.errors()[0]) from error
    _check_names(settings)
    rules = _rules(settings)
    _check_order(rules)
    return rules


def read_settings(path: Path | None) -> StatusRules:
    """Read the status rules from a settings file.

    Parameters
    ----------
    path : Path | None
        A TOML file; None for the default rules.

    Returns
    -------
    StatusRules
        The rules; what the file does not name is as by default.

    Raises
    ------
    BadSettings
        If the file cannot be read, is not TOML, or holds what cannot be used.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "settings.toml")
    ...     written = file.write_text("masks.review_below = 0.7")
    ...     rules = read_settings(file)
    >>> rules.review_below, rules.refuse_below == read_settings(None).refuse_below
    (0.7, True)
    """
    if path is None:
        return DEFAULT_RULES
    try:
        return rules_of(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise BadSettings(f"{path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"{path} is not TOML: {error}") from error
    except BadSettings as error:
        raise BadSettings(f"{path}: {error}") from error
