"""How numbering is judged: films changed and brought back, vertebrae paired one level off, and labels one level off."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from radcaliper.learning.spine.level_windows import KeptFilm, level_loss, random_window
from radcaliper.learning.spine.numbering import changes, shifted
from radcaliper.models.spine.channels import LEVEL_NAMES
from radcaliper.models.spine.level_window import COLS, ROWS, STRIDE

_QUAD = np.array([[-15, -30], [-15, 30], [15, -30], [15, 30]], float)
_COLUMN = _QUAD + np.array([[[100 + 40 * place, 200]] for place in range(17)], float)


@pytest.mark.parametrize("change", ["mirrored", "cut above", "cut below", "resampled"])
def test_a_changed_film_is_brought_back(change: str) -> None:
    grey = np.zeros((900, 401), np.float32)
    spot = np.array([[[500.0, 130.0]] * 4])
    grey[498:503, 128:133] = 1
    changed = changes(grey)[change]
    rows, cols = np.nonzero(changed.grey > 0.5)
    found = changed.back(np.full((1, 4, 2), [rows.mean(), cols.mean()]))
    assert found == pytest.approx(spot, abs=0.5)


@pytest.mark.parametrize("shift", [-1, 0, 1])
def test_vertebrae_are_paired_one_level_off(shift: int) -> None:
    found, labelled = shifted(_COLUMN, _COLUMN, shift)
    assert len(found) == 17 - abs(shift)
    assert labelled - found == pytest.approx(np.broadcast_to([40.0 * shift, 0.0], found.shape))


def _answer(batch: dict[str, torch.Tensor], offset: int) -> torch.Tensor:
    """A network's answer that every row shows the level of the labels there, ``offset`` further down."""
    output = torch.zeros(1, len(LEVEL_NAMES), ROWS // STRIDE, COLS // STRIDE)
    rows = ((batch["places"][0, :, 0] + 0.5) / STRIDE - 0.5).round().long().clamp(0, ROWS // STRIDE - 1)
    for place, row in enumerate(rows.tolist()):
        output[0, min(max(place + offset, 0), len(LEVEL_NAMES) - 1), row] = 9.0
    return output


def test_labels_that_are_one_level_off_cost_less_than_wrong_levels() -> None:
    grey = (np.random.default_rng(0).random((900, 400)) * 255).astype(np.uint8)
    window = random_window(KeptFilm(grey, _COLUMN), np.random.default_rng(3))
    batch = {key: value[None] for key, value in window.items()}
    right, off, wrong = (float(level_loss(_answer(batch, offset), batch)) for offset in (0, 1, 3))
    assert right < off < wrong
