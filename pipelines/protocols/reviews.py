"""How the films of each protocol are corrected: a small module and a line here for each."""

from __future__ import annotations

from typing import Final

from radcaliper.pipelines.protocols.chest.review import CHEST
from radcaliper.pipelines.protocols.hip.review import HIP
from radcaliper.pipelines.protocols.spine.review import SPINE
from radcaliper.pipelines.review.protocol import ReviewProtocol

REVIEWS: Final[dict[str, ReviewProtocol]] = {"chest": CHEST, "spine": SPINE, "hip": HIP}
