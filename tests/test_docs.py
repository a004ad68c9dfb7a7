"""The documents say what the code says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


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
