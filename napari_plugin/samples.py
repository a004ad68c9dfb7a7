"""Sample data; none of it is downloaded."""

from __future__ import annotations

from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from radcaliper.napari_plugin.film_layer import film_layer
from radcaliper.pipelines.phantoms.hip import hip_phantom
from radcaliper.pipelines.phantoms.spine import spine_phantom
from radcaliper.pipelines.reading import read_radiograph

if TYPE_CHECKING:
    from napari.types import FullLayerData


def chest() -> list[FullLayerData]:
    """A real chest film of the pydicom-data package; FileNotFoundError where that is not installed."""
    if find_spec("data_store") is None:
        raise FileNotFoundError('the chest sample needs pydicom-data: pip install "radcaliper[napari]"')
    path = Path(str(files("data_store") / "data" / "RG1_J2KR.dcm"))
    return [film_layer(read_radiograph(path), "chest sample", path)]


def spine() -> list[FullLayerData]:
    """A synthetic AP film of a spine; it shows no patient."""
    return [film_layer(spine_phantom().film, "spine phantom (synthetic)")]


def hip() -> list[FullLayerData]:
    """A synthetic film of both hips; it shows no patient."""
    return [film_layer(hip_phantom().film, "hip phantom (synthetic)")]
