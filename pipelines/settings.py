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
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from radcaliper.measurements.spine.vertebra import vertebra_names
from radcaliper.pipelines.protocols.registry import PROTOCOLS
from radcaliper.qc.reasons import REASONS
from radcaliper.qc.status_rules import DEFAULT_RULES, StatusRules

_MOST_VERTEBRAE: Final = 25
_LIMITS: Final = ("review_below", "refuse_below")
_WIDEST: Final = {"widest_angle": 360.0, "widest_share": 100.0}


class BadSettings(ValueError):
    """A settings file that cannot be used; the message is one line."""


def _structures() -> set[str]:
    """Every structure that a protocol may judge."""
    names = {spec.pattern or spec.name for protocol in PROTOCOLS.values() for spec in protocol.structures}
    return (names - {"vertebra_*"}) | set(vertebra_names(_MOST_VERTEBRAE))


def _measurements() -> set[str]:
    """Every measurement that a protocol may make."""
    return {spec.name for protocol in PROTOCOLS.values() for spec in protocol.measurements}


def _number(place: str, value: object, highest: float) -> float:
    """A number from 0 to ``highest``; a truth value is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= highest:
        raise BadSettings(f"{place} must be a number from 0 to {highest:g}, not {value!r}")
    return float(value)


def _table(place: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BadSettings(f"{place} must be a table, as [{place}]")
    return value


def _one_of(place: str, name: str, known: set[str]) -> None:
    if name not in known:
        raise BadSettings(f"{place}: {name!r} is not known; there are {', '.join(sorted(known))}")


def _masks(table: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {f"{limit}_by_structure": {} for limit in _LIMITS}
    for name, value in table.items():
        if name in _LIMITS:
            found[name] = _number(f"masks.{name}", value, 1)
            continue
        _one_of("masks", name, _structures() | set(_LIMITS))
        for limit, number in _table(f"masks.{name}", value).items():
            _one_of(f"masks.{name}", limit, set(_LIMITS))
            found[f"{limit}_by_structure"][name] = _number(f"masks.{name}.{limit}", number, 1)
    return found


def _numbers(table: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in table.items():
        _one_of("numbers", name, {*_WIDEST, "widest"})
        if name in _WIDEST:
            found[name] = _number(f"numbers.{name}", value, _WIDEST[name])
            continue
        widest = _table("numbers.widest", value)
        for measurement in widest:
            _one_of("numbers.widest", measurement, _measurements())
        own = {m: _number(f"numbers.widest.{m}", limit, 1e6) for m, limit in widest.items()}
        found["widest"] = {**DEFAULT_RULES.widest, **own}
    return found


def _films(table: Mapping[str, Any]) -> dict[str, Any]:
    for name in table:
        _one_of("films", name, {"allowed"})
    allowed = table.get("allowed", [])
    if not isinstance(allowed, list) or not all(isinstance(code, str) for code in allowed):
        raise BadSettings("films.allowed must be a list of reason codes")
    for code in allowed:
        _one_of("films.allowed", code, set(REASONS))
    return {"allowed": tuple(sorted(set(allowed)))}


_SECTIONS: Final = {"masks": _masks, "numbers": _numbers, "films": _films}


def _consistent(rules: StatusRules) -> StatusRules:
    """The rules, if no mask is refused that would not even be reviewed."""
    for name in {"", *rules.review_below_by_structure, *rules.refuse_below_by_structure}:
        review = rules.review_below_by_structure.get(name, rules.review_below)
        refuse = rules.refuse_below_by_structure.get(name, rules.refuse_below)
        if refuse > review:
            place = f"masks.{name}" if name else "masks"
            raise BadSettings(f"{place}: refuse_below ({refuse:g}) must not exceed review_below ({review:g})")
    return rules


def rules_of(content: Mapping[str, Any]) -> StatusRules:
    """The rules of a settings file's content; BadSettings says what is wrong with it."""
    chosen: dict[str, Any] = {}
    for section, value in content.items():
        _one_of("settings", section, set(_SECTIONS))
        chosen |= _SECTIONS[section](_table(section, value))
    return _consistent(StatusRules(**chosen))


def read_settings(path: Path | None) -> StatusRules:
    """The rules of a settings file, or the default ones without a file. Raises BadSettings."""
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
