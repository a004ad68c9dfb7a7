"""Every film is judged by the vertebra network that did not learn from its patient."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from radcaliper.learning.datasets.spine import SpineFilm
from radcaliper.learning.scores import Score
from radcaliper.learning.spine import evaluate
from radcaliper.models.inference.loading import load_predictor
from radcaliper.models.spine.predict import VERTEBRAE


def test_a_film_is_judged_by_the_network_without_its_fold(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    films = [SpineFilm(f"film {fold}", fold, np.zeros((4, 4), np.float32), np.zeros((0, 4, 2))) for fold in range(5)]
    shipped, networks, judges = load_predictor(VERTEBRAE), {}, {}

    def network_of_weights(bundle: str, file: Path) -> object:
        assert bundle == VERTEBRAE
        return networks.setdefault(file.relative_to(tmp_path).name, object())

    def film_scores(film: SpineFilm) -> list[Score]:
        judges[film.fold] = load_predictor(VERTEBRAE)
        return [Score("aasce", "judged", film.name, 1.0)]

    for fold in (1, 3, 4):
        (tmp_path / f"vertebrae_fold_{fold}.safetensors").touch()
    monkeypatch.setattr(evaluate, "network_of_weights", network_of_weights)
    monkeypatch.setattr(evaluate, "aasce_films", lambda data: films)
    monkeypatch.setattr(evaluate, "_film_scores", film_scores)
    assert len(list(evaluate.fold_scores(Path(), tmp_path))) == 4
    assert judges == {0: shipped} | {fold: networks[f"vertebrae_fold_{fold}.safetensors"] for fold in (1, 3, 4)}


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"vertebrae_fold_1\.safetensors"):
        list(evaluate.fold_scores(tmp_path, tmp_path))
