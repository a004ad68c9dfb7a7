"""What a plain installation brings with it: every package pinned, none under a licence that binds its users."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
COPYLEFT = re.compile(r"\b(A?GPL|GNU (Affero )?General Public)", re.IGNORECASE)
LESSER = re.compile(r"LGPL|Lesser|exception", re.IGNORECASE)


def plain(name: str) -> str:
    """A package's name as the index spells it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def brought() -> dict[str, Distribution]:
    """Every package that ``pip install radcaliper`` brings, by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found: dict[str, Distribution] = {}
    waiting: list[str] = list(project["dependencies"])
    while waiting:
        need = Requirement(waiting.pop())
        if (need.marker is None or need.marker.evaluate({"extra": ""})) and plain(need.name) not in found:
            found[plain(need.name)] = package = distribution(need.name)
            waiting += package.requires or ()
    return found


BROUGHT = brought()


def licence_of(package: Distribution) -> str:
    """What a package says of its licence: the expression, else the classifiers, else the field."""
    metadata = package.metadata
    classifiers = [each for each in metadata.get_all("Classifier") or () if each.startswith("License ::")]
    return metadata.get("License-Expression") or " ".join(classifiers) or (metadata.get("License") or "")[:200]


@pytest.mark.parametrize("name", sorted(BROUGHT))
def test_a_package_that_comes_along_is_pinned_and_free(name: str) -> None:
    pinned = {plain(line.partition("==")[0]) for line in (ROOT / "constraints.txt").read_text().splitlines()}
    assert name in pinned
    licence = licence_of(BROUGHT[name])
    assert not COPYLEFT.search(licence) or LESSER.search(licence), licence


def test_there_are_packages_to_look_at() -> None:
    assert {"numpy", "pydicom"} <= BROUGHT.keys()
