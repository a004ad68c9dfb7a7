"""The house is in order: packaging, docstrings, instant help."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("api", "models", "measurements", "qc", "pipelines", "learning", "napari_plugin")
MODULES = sorted(path for part in PARTS for path in (ROOT / part).rglob("*.py"))


def test_every_folder_with_modules_is_a_package() -> None:
    assert all((path.parent / "__init__.py").is_file() for path in MODULES)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_public_name_has_its_docstring(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "module without a docstring"
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    for node in [*tree.body, *(member for each in classes for member in each.body)]:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{node.name} has no docstring"


def test_no_file_is_too_long_to_read() -> None:
    long = [path for path in MODULES if len(path.read_text(encoding="utf-8").splitlines()) > 400]
    assert long == []


def test_command_line_does_not_import_torch() -> None:
    code = (
        "import sys, radcaliper, radcaliper.pipelines.cli; sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_imports_point_one_way() -> None:
    allowed = {
        "measurements": {"measurements"},
        "qc": {"measurements", "qc"},
        "models": {"measurements", "models"},
        "pipelines": {"measurements", "qc", "models", "pipelines"},
    }
    for path in MODULES:
        part = path.relative_to(ROOT).parts[0]
        if part not in allowed:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("radcaliper."):
                assert (node.module or "").split(".")[1] in allowed[part], f"{path}: {node.module}"
