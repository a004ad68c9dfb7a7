"""The review of films that only bundles of the user's own measure: their masks can be edited."""

from __future__ import annotations

from typing import Final

from radcaliper.pipelines.protocols.own import PROTOCOL
from radcaliper.pipelines.review.mask_review import mask_review

REVIEW: Final = mask_review(PROTOCOL)
