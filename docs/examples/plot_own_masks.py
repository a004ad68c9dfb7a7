"""
Geometry alone, on masks of your own
====================================

Every number can be measured on masks or landmarks of any origin: of another network, or drawn by hand.
"""

# %%
# A heart and two lungs of simple shapes, and their ratio. Without a pixel spacing, lengths are in pixels.
import numpy as np
from skimage.draw import ellipse

import radcaliper as rc


def oval(row: int, col: int, height: int, width: int) -> np.ndarray:
    mask = np.zeros((400, 400), bool)
    mask[ellipse(row, col, height, width, mask.shape)] = True
    return mask


heart = oval(255, 220, 62, 68)
masks = {"right_lung": oval(190, 115, 150, 70), "left_lung": oval(190, 288, 150, 68) & ~heart, "heart": heart}
result = rc.measure_masks("chest", masks, spacing=0.8)
frame = result.to_frame()
frame.loc[frame.status == "ok", ["measurement", "site", "value", "unit"]]

# %%
# How much does an error of the mask matter? The heart is widened pixel by pixel.
from matplotlib import pyplot as plt
from scipy.ndimage import binary_dilation

errors = range(8)
ratios = []
for pixels in errors:
    wider = binary_dilation(heart, iterations=pixels) if pixels else heart
    ratios.append(rc.measure_masks("chest", masks | {"heart": wider}).measurement("cardiothoracic_ratio").value)
plt.plot([2 * pixels * 0.8 for pixels in errors], ratios, "o-")
plt.axhspan(0.47, 0.53, color="0.9")
plt.xlabel("heart too wide by (mm)")
plt.ylabel("cardiothoracic ratio")
plt.title("Within the grey band the ratio is indeterminate")
