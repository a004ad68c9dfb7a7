"""The reference, written from the list of what users call: a page a subject, each name with its docstring."""

from __future__ import annotations

import inspect
from pathlib import Path
from pkgutil import resolve_name

from make_api import API


def _entry(module: str, name: str) -> str:
    """The directive that shows a name's docstring."""
    if inspect.isclass(resolve_name(f"{module}:{name}")):
        return f".. autoclass:: {module}.{name}\n"
    kind = "automethod" if "." in name else "autofunction"
    return f".. {kind}:: {module}.{name}\n"


def _page(subject: str, modules: dict[str, tuple[str, ...]]) -> str:
    parts = [f"{subject}\n{'=' * len(subject)}\n"]
    for module, names in modules.items():
        parts += [f"``{module}``\n{'-' * (len(module) + 4)}\n", *(_entry(module, name) for name in names)]
    return "\n".join(parts)


def write_reference_pages(folder: Path) -> None:
    """Write a page for each subject, and the page that lists them."""
    folder.mkdir(exist_ok=True)
    places = {subject: subject.lower().replace(" ", "_").replace(",", "") for subject in API}
    for subject, modules in API.items():
        (folder / f"{places[subject]}.rst").write_text(_page(subject, modules), encoding="utf-8")
    head = "Reference\n=========\n\nEvery function and class that is called from outside. "
    note = "``import radcaliper as rc`` brings the first page's functions as ``rc.measure`` and so on.\n\n"
    listed = "\n".join(f"   {place}" for place in places.values())
    (folder / "index.rst").write_text(f"{head}{note}.. toctree::\n\n   ../api\n{listed}\n", encoding="utf-8")


def write_root_page(source: Path, page: Path) -> None:
    """A document of the repository's root as a page of these: its links lead to pages."""
    text = source.read_text(encoding="utf-8")
    page.write_text(text.replace("](docs/", "](").replace("](CONTRIBUTING.md)", "](contributing.md)"), encoding="utf-8")
