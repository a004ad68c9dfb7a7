"""How the films of each protocol are corrected: a small module and a line here for each."""

from __future__ import annotations

from typing import Final

from radcaliper.pipelines.review.chest import CHEST
from radcaliper.pipelines.review.hip import HIP
from radcaliper.pipelines.review.protocol import ReviewProtocol
from radcaliper.pipelines.review.spine import SPINE

REVIEWS: Final[dict[str, ReviewProtocol]] = {"chest": CHEST, "spine": SPINE, "hip": HIP}
