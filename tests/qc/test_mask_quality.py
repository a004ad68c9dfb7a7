"""Predicted Dice falls with disagreement and never lies below its own bound."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from radcaliper.measurements.types import Segmentation, Status, Variants
from radcaliper.qc.mask_quality import QualityFit, mask_quality

shares = st.floats(0, 1)
FIT = QualityFit(disagreement=1.2, softness=0.1, constant=0.01, excess=0.5)


@given(shares, shares)
def test_the_bound_lies_below_the_quality(agreement: float, margin: float) -> None:
    quality, lower = FIT.predict(agreement, margin)
    assert 0 <= lower <= quality <= 1


@given(shares, shares, shares)
def test_less_agreement_is_less_quality(one: float, other: float, margin: float) -> None:
    low, high = sorted((one, other))
    assert FIT.predict(low, margin)[0] <= FIT.predict(high, margin)[0]


def test_what_was_not_found_is_refused() -> None:
    nothing = Segmentation({"heart": np.zeros((20, 20), bool)}, Variants(1.0), {"heart": 0.0}, {"heart": 0.0})
    quality = mask_quality("heart", nothing, None)
    assert (quality.status, quality.reasons) == (Status.REFUSED, ("structure_not_seen",))
