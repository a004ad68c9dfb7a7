"""How Sphinx builds these pages: ``make docs``."""

from __future__ import annotations

import sys
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from number_pages import write_number_pages  # noqa: E402  beside this file
from reference_pages import write_reference_pages, write_root_page  # noqa: E402

project = "radcaliper"
author = "The radcaliper authors"
copyright = "2026, the radcaliper authors"
version = release = version_of("radcaliper")

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build", "examples", "README.md"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4
autodoc_typehints = "none"  # docstrings give the types in words
numpydoc_show_class_members = False

html_theme = "pydata_sphinx_theme"
html_title = "radcaliper"
html_show_sourcelink = False
html_theme_options: dict[str, Any] = {
    "navigation_with_keys": False,
    "show_toc_level": 2,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "logo": {"text": "radcaliper"},
}

sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"/plot_",
    "download_all_examples": False,
    "show_memory": False,
    "abort_on_example_error": True,
    "remove_config_comments": True,
}


def _generate(_: Any) -> None:
    write_number_pages(HERE / "numbers")
    write_reference_pages(HERE / "reference")
    write_root_page(HERE.parent / "CONTRIBUTING.md", HERE / "contributing.md")
    write_root_page(HERE.parent / "CHANGELOG.md", HERE / "changes.md")


def _lead_to_pages(_: Any, __: str, source: list[str]) -> None:
    """Links to documents of the root, which are right in the repository, lead to their pages."""
    source[0] = source[0].replace("](../CONTRIBUTING.md)", "](contributing.md)")


def setup(app: Any) -> None:
    """Pages of numbers and the reference are written from the code before anything is read."""
    app.connect("builder-inited", _generate)
    app.connect("source-read", _lead_to_pages)
