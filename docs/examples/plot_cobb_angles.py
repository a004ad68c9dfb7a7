"""
Cobb angles from the corners of vertebrae
=========================================

Corners of vertebrae, wherever they come from, give every curve of a spine.
"""

# %%
# A phantom with a known curve; corners are (N, 4, 2): row and column of top left, top right, bottom left, bottom right.
import numpy as np
from matplotlib import pyplot as plt

import radcaliper as rc
from radcaliper.pipelines.phantoms.spine import spine_phantom

phantom = spine_phantom(bend=16)
result = rc.measure_landmarks("spine", phantom.corners, shape=phantom.film.shape)
frame = result.to_frame()
frame.loc[frame.measurement == "cobb_angle", ["site", "method", "value", "class", "details"]]

# %%
# The curve between its end vertebrae.
angle = result.measurement("cobb_angle")
plt.figure(figsize=(3.2, 6))
plt.imshow(phantom.film.pixels, cmap="gray")
for start, end in (angle.points[:2], angle.points[2:]):
    plt.plot([start.col, end.col], [start.row, end.row], color="#d55e00", linewidth=3)
plt.title(f"{angle.value:.1f}\N{DEGREE SIGN}, convex to the {angle.details['convex']}")
plt.axis("off")

# %%
# What noise of the corners does to the angle: 200 spines, each corner moved by a normal error of some pixels. Tilts are
# smoothed along the spine, which is why the angle errs by less than a single end plate would.
rng = np.random.default_rng(0)
spreads = [0.5, 1, 2, 4]
errors = []
for spread in spreads:
    noisy = (phantom.corners + rng.normal(0, spread, phantom.corners.shape) for _ in range(200))
    errors.append([rc.measure_landmarks("spine", each).measurement("cobb_angle").value - angle.value for each in noisy])
plt.figure()
plt.boxplot(errors, tick_labels=spreads, showfliers=False)
plt.xlabel("standard deviation of the corners' error (px)")
plt.ylabel("error of the angle (degrees)")
