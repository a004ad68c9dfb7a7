"""The arrays that networks take and return."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.float32]
"""(H, W) grey values of a film."""
Maps = NDArray[np.float32]
"""(C, H, W) output of a network for one film, a map a channel."""
