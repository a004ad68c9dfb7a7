"""The examples in the docstrings of what users call are run, and say what is so."""

from __future__ import annotations

import doctest
import runpy
from importlib import import_module
from pathlib import Path
from pkgutil import resolve_name

import numpy as np
import pytest

API = runpy.run_path(str(Path(__file__).resolve().parents[1] / "docs" / "make_api.py"))["API"]
NAMES = [f"{module}:{name}" for modules in API.values() for module, names in modules.items() for name in names]
MODULES = sorted({resolve_name(name).__module__ for name in NAMES})


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_of_a_module_hold(module: str) -> None:
    found = doctest.testmod(import_module(module), extraglobs={"np": np})
    assert found.failed == 0
    assert found.attempted > 0
