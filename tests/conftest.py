"""Films and folders that several tests use."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("steady", deadline=None)  # the first example pays for imports and caches
settings.load_profile("steady")


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The labelled films, where they exist: RADCALIPER_DATA or ../shared/data beside the repository."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("RADCALIPER_DATA", default))
    if not folder.is_dir():
        pytest.skip("labelled films are not here: set RADCALIPER_DATA to their folder")
    return folder


@pytest.fixture(scope="session")
def chest_dicom() -> Path:
    """A real chest film in MONOCHROME1, from the pydicom-data package."""
    return Path(str(files("data_store") / "data" / "RG1_J2KR.dcm"))
