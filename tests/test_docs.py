"""The documents say what the code says."""

from __future__ import annotations

import ast
import builtins
import dataclasses
import inspect
import re
import runpy
import subprocess
import sys
import textwrap
from pathlib import Path
from pkgutil import resolve_name

import pytest

from radcaliper.measurements.catalog import MEASUREMENTS
from radcaliper.pipelines.comparison.table import COLUMNS as CHANGES
from radcaliper.pipelines.results.rows import COLUMNS

ROOT = Path(__file__).resolve().parents[1]
MAKE_API = runpy.run_path(str(ROOT / "docs" / "make_api.py"))


def test_the_tables_of_measurements_are_those_of_the_catalog() -> None:
    code = "import runpy; print(runpy.run_path('docs/make_tables.py')['page'](), end='')"
    made = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert made.stdout == (ROOT / "docs" / "measurements.md").read_text(encoding="utf-8")


def test_the_map_names_folders_that_are_there() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    tree = text[text.index("## The tree") : text.index("Imports point one way")]
    top = re.findall(r"^(\w+)/", tree, re.M)
    assert {"measurements", "qc", "models", "pipelines", "learning", "napari_plugin", "api"} <= set(top)
    folder = ""
    for line in tree.splitlines():
        if match := re.match(r"^(\w+)/", line):
            folder = match[1]
            assert (ROOT / folder).is_dir()
        elif match := re.match(r"^  ((?:\S+[/,]? ?)+?)(?:  |$)", line):
            for name in re.findall(r"[\w.]+/?", match[1]):
                assert (ROOT / folder / name.rstrip("/")).exists(), f"{folder}/{name}"


def test_every_link_between_documents_leads_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_list_of_what_users_call_is_that_of_the_docstrings() -> None:
    assert MAKE_API["page"]() == (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


def sections_of(documented: object) -> dict[str, str]:
    """The numpydoc sections of a docstring by their headings."""
    parts = re.split(r"^(\w[\w ]*)\n-+$", inspect.getdoc(documented) or "", flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def entries(section: str) -> list[str]:
    """The names that a section describes, each with text under it."""
    heads = re.findall(r"^(\S.*)\n +\S", section, re.M)
    return [name for head in heads for name in head.split(" : ")[0].split(", ")]


def raised_by(function: object) -> set[str]:
    """The names of the exceptions in a function's own ``raise`` statements."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))  # type: ignore[arg-type]
    raised = [node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise)]
    names = [each.func.id for each in raised if isinstance(each, ast.Call) and isinstance(each.func, ast.Name)]
    known = {**vars(builtins), **vars(inspect.getmodule(function))}
    return {name for name in names if inspect.isclass(known[name])}  # the others are functions that make one


CALLED = [f"{module}:{name}" for rooms in MAKE_API["API"].values() for module, names in rooms.items() for name in names]
FUNCTIONS = [name for name in CALLED if not inspect.isclass(resolve_name(name))]
CLASSES = [name for name in CALLED if inspect.isclass(resolve_name(name))]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_that_users_call_has_its_sections(name: str) -> None:
    function = resolve_name(name)
    sections = sections_of(function)
    assert entries(sections.get("Parameters", "")) == MAKE_API["parameters"](function)
    assert bool(entries(sections.get("Returns", ""))) == (inspect.signature(function).return_annotation != "None")
    assert raised_by(function) <= set(entries(sections.get("Raises", "")))
    assert ">>> " in sections["Examples"]


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_that_users_meet_describes_its_attributes(name: str) -> None:
    fields = [field.name for field in dataclasses.fields(resolve_name(name))]
    assert entries(sections_of(resolve_name(name))["Attributes"]) == fields


def test_the_data_dictionary_names_every_column() -> None:
    text = (ROOT / "docs" / "data_dictionary.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## (\w+)\.csv\n(.*?)(?=^## |\Z)", text, re.M | re.S))
    assert {*COLUMNS, "changes"} <= set(sections)
    for table, columns in {**COLUMNS, "changes": CHANGES}.items():
        named = [
            name for row in re.findall(r"^\| (`.*?) \|", sections[table], re.M) for name in re.findall(r"`(\w+)`", row)
        ]
        assert set(columns) <= set(named)


def test_every_number_says_how_it_misleads() -> None:
    assert [spec.name for spec in MEASUREMENTS if not spec.pitfalls] == []


def test_every_page_is_listed_on_the_first_one() -> None:
    made = {"contributing", "changes"}  # written when the pages are built
    lists = re.findall(
        r"^```\{toctree\}\n(.*?)^```", (ROOT / "docs" / "index.md").read_text(encoding="utf-8"), re.M | re.S
    )
    listed = {line for block in lists for line in block.splitlines() if line and not line.startswith(":")}
    pages = {page.stem for page in (ROOT / "docs").glob("*.md")} - made - {"index", "api", "measurements"}
    assert pages <= listed, f"not in a toctree of docs/index.md: {sorted(pages - listed)}"
