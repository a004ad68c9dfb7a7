"""Predicted Dice falls with every feature and never lies below its own bound."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from radcaliper.measurements.specs import Code, StructureSpec
from radcaliper.measurements.structures import WHITE, structures_of
from radcaliper.measurements.types import Prediction, Status
from radcaliper.qc.mask_quality import mask_qualities
from radcaliper.qc.quality_fit import PiecewiseLinear, QualityFit

shares = st.floats(0, 1)
FIT = QualityFit(
    curves={"disagreement": PiecewiseLinear((0, 0.1, 1), (0, 0.2, 0.9)), "softness": PiecewiseLinear((0, 1), (0, 0.1))},
    constant=0.01,
    bound=PiecewiseLinear((0, 0.1, 1), (0.02, 0.15, 1)),
)


@given(shares, shares)
def test_the_bound_lies_below_the_quality(disagreement: float, softness: float) -> None:
    quality, lower = FIT.predict({"disagreement": disagreement, "softness": softness})
    assert 0 <= lower <= quality <= 1


@given(shares, shares, shares)
def test_less_agreement_is_less_quality(one: float, other: float, softness: float) -> None:
    low, high = sorted((one, other))
    worse, better = (FIT.predict({"disagreement": d, "softness": softness}) for d in (high, low))
    assert worse[0] <= better[0]
    assert worse[1] <= better[1]


def test_a_fit_survives_its_table() -> None:
    assert QualityFit.of_table(FIT.as_table()) == FIT


def test_what_was_not_found_is_refused() -> None:
    nothing = Prediction({"heart": np.zeros((20, 20), bool)}, agreement={"heart": 0.0}, margin={"heart": 0.0})
    (quality,) = mask_qualities(nothing, structures_of("chest"), None)
    assert (quality.status, quality.reasons) == (Status.REFUSED, ("structure_not_seen",))


def test_passes_that_disagree_cost_quality_whatever_the_structure() -> None:
    kneecap = StructureSpec("kneecap", "knee", "Kneecap", Code("64234005", "Patella"), WHITE)
    mask = np.zeros((20, 20), bool)
    mask[5:15, 5:15] = True

    def lower(agreement: float) -> float | None:
        seen = Prediction({"kneecap": mask}, agreement={"kneecap": agreement}, margin={"kneecap": 0.9})
        return mask_qualities(seen, (kneecap,), None)[0].quality_lower

    assert (lower(0.5) or 0) < (lower(0.99) or 0)
