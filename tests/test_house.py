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


def is_overload(node: ast.stmt) -> bool:
    """Whether a function is only one of the signatures of another, which has the docstring."""
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
    return any(isinstance(each, ast.Name) and each.id == "overload" for each in decorators)


def test_every_folder_with_modules_is_a_package() -> None:
    assert all((path.parent / "__init__.py").is_file() for path in MODULES)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_public_name_has_its_docstring(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "module without a docstring"
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    for node in [*tree.body, *(member for each in classes for member in each.body)]:
        if is_overload(node):
            continue
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{node.name} has no docstring"


def lines_of_code(source: str) -> int:
    """The lines of a module without its docstrings."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, documented)]
    texts = [node.body[0] for node in nodes if ast.get_docstring(node) is not None]
    return len(source.splitlines()) - sum((text.end_lineno or text.lineno) - text.lineno + 1 for text in texts)


def test_no_file_is_too_long_to_read() -> None:
    long = [path for path in MODULES if lines_of_code(path.read_text(encoding="utf-8")) > 400]
    assert long == []


def test_docstrings_are_no_lines_of_code() -> None:
    assert lines_of_code('"""Of a module,\nof two lines."""\n\ndef one() -> int:\n    """One."""\n    return 1\n') == 3


def test_command_line_does_not_import_torch() -> None:
    code = (
        "import sys, radcaliper, radcaliper.pipelines.cli; sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


MAY_IMPORT = {
    "measurements": {"measurements"},
    "qc": {"measurements", "qc"},
    "models": {"measurements", "models"},
    "pipelines": {"measurements", "qc", "models", "pipelines"},
    "learning": {"measurements", "qc", "models", "pipelines", "learning"},
    "napari_plugin": {"measurements", "qc", "models", "pipelines", "napari_plugin", "api"},
    "api": {"measurements", "qc", "models", "pipelines", "napari_plugin", "api"},
}
"""What a module of each part may import, wherever it does: at its top, in a function, or for type checking alone."""


def imported_parts(tree: ast.AST) -> set[str]:
    """The parts of the package that a module's imports name; ``api`` is the package itself."""
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    inside = [name.split(".") for name in names if name.split(".")[0] == "radcaliper"]
    return {name[1] if len(name) > 1 and name[1] in PARTS else "api" for name in inside}


def outside_functions(tree: ast.AST) -> ast.Module:
    """A module's statements without those inside functions."""

    class WithoutFunctions(ast.NodeTransformer):
        def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
            return None

    return ast.fix_missing_locations(WithoutFunctions().visit(tree))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_point_one_way(path: Path) -> None:
    source, part = path.read_text(encoding="utf-8"), path.relative_to(ROOT).parts[0]
    allowed = MAY_IMPORT[part]
    if path.parent == ROOT / "pipelines" and path.stem in ("cli", "cli_learning"):  # loaded when it is asked for
        assert imported_parts(outside_functions(ast.parse(source))) <= allowed
        allowed = allowed | {"learning"}
    assert imported_parts(ast.parse(source)) <= allowed


def test_an_import_is_seen_wherever_it_stands() -> None:
    code = """
import radcaliper
import numpy as np
import radcaliper.qc.intervals as intervals
from radcaliper import models
if TYPE_CHECKING:
    from radcaliper.pipelines.cli import app
class Lazy:
    def load(self):
        from radcaliper.learning.evaluate import evaluate_datasets
"""
    assert imported_parts(ast.parse(code)) == {"api", "qc", "models", "pipelines", "learning"}
    assert imported_parts(outside_functions(ast.parse(code))) == {"api", "qc", "models", "pipelines"}
