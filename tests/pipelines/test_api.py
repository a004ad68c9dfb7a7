"""The few public names, and a film measured from Python."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import radcaliper


def test_every_public_name_is_there() -> None:
    assert all(getattr(radcaliper, name) for name in radcaliper.__all__)
    with pytest.raises(AttributeError, match="invented"):
        _ = radcaliper.invented


def test_a_film_is_measured_alike_whichever_way_it_is_shown(chest_dicom: Path) -> None:
    film = radcaliper.read_radiograph(chest_dicom)
    inverted = radcaliper.Radiograph(film.pixels.max() + film.pixels.min() - film.pixels)
    plain, turned = (radcaliper.analyse("film", each, "auto") for each in (film, inverted))
    assert plain.protocol == "chest"
    assert "inverted" in turned.reasons
    assert "inverted" not in plain.reasons
    numbers = [next(m.value for m in each.measurements if m.name == "cardiothoracic_ratio") for each in (plain, turned)]
    assert numbers[0] == pytest.approx(numbers[1], abs=0.02)


def test_a_turned_film_is_put_upright(chest_dicom: Path) -> None:
    film = radcaliper.read_radiograph(chest_dicom)
    sideways = radcaliper.Radiograph(np.ascontiguousarray(np.rot90(film.pixels)))
    analysis = radcaliper.analyse("film", sideways, "auto")
    assert (analysis.protocol, analysis.status.value) == ("chest", "review")
    assert "turned_film" in analysis.reasons
