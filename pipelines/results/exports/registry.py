"""Every format that ``radcaliper export`` writes: one entry here, one module beside this one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from radcaliper.pipelines.results.stored import StoredResults

FOLDER: Final = "export"
"""Where exports lie below a results folder."""


@dataclass(frozen=True)
class Exported:
    """What an exporter wrote: where, of how many films, and how many it left out for which cause."""

    place: Path
    films: int
    left_out: Mapping[str, int] = field(default_factory=Counter)


@dataclass(frozen=True)
class Exporter:
    """One format.

    ``function``, as ``module:function``, takes the results and the folder that exports lie in, and returns what it
    wrote. ``package`` is what it needs besides radcaliper, and ``extra`` the extra of radcaliper that brings it.
    """

    name: str
    function: str
    package: str = ""
    extra: str = ""

    def load(self) -> Callable[[StoredResults, Path], Exported]:
        """The function; importing it may import the package."""
        write: Callable[[StoredResults, Path], Exported] = resolve_name(self.function)
        return write

    @property
    def lacking(self) -> bool:
        """Whether the package that it needs is missing."""
        return bool(self.package) and find_spec(self.package) is None


_HERE: Final = "radcaliper.pipelines.results.exports"
_ALL: Final = (
    Exporter("wide", f"{_HERE}.wide:write_wide"),
    Exporter("parquet", f"{_HERE}.parquet:write_parquet", "pyarrow", "parquet"),
    Exporter("json", f"{_HERE}.documents:write_json"),
    Exporter("coco", f"{_HERE}.coco:write_coco"),
    Exporter("rle", f"{_HERE}.rle:write_rle"),
    Exporter("seg-nrrd", f"{_HERE}.slicer:write_seg_nrrd", "nrrd", "slicer"),
    Exporter("roi", f"{_HERE}.roi:write_roi"),
    Exporter("dicom-seg", f"{_HERE}.dicom:write_segmentations", "highdicom", "dicom"),
    Exporter("sr", f"{_HERE}.dicom:write_reports", "highdicom", "dicom"),
)
EXPORTERS: Final = {exporter.name: exporter for exporter in _ALL}
"""By the name of their option, without the dashes."""
