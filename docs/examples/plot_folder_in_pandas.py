"""
A folder, from the command line to pandas
=========================================

The command line measures any number of films; its tables are read with one line each.
"""

# %%
# A folder of synthetic spines, written as PNG files.
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from matplotlib import pyplot as plt

from radcaliper.pipelines.phantoms.spine import spine_phantom

work = Path(tempfile.mkdtemp())
films, results = work / "films", work / "results"
films.mkdir()
for bend in (4, 8, 12, 16, 20):
    grey = np.clip(spine_phantom(bend=bend).film.pixels * 255, 0, 255).astype(np.uint8)
    cv2.imwrite(str(films / f"bend_{bend:02d}.png"), grey)

# %%
# The same as ``radcaliper measure films -o results``.
command = [sys.executable, "-m", "radcaliper", "measure", str(films), "-o", str(results), "--protocol", "spine"]
print(subprocess.run(command, capture_output=True, text=True, check=True).stderr)

# %%
# A row a film, with its status and why it is to be reviewed.
images = pd.read_csv(results / "images.csv")
images[["image", "status", "reasons", "protocol", "height", "width"]]

# %%
# The largest curve of each film, with its interval.
numbers = pd.read_csv(results / "measurements.csv")
first = numbers[
    (numbers.measurement == "cobb_angle") & (numbers.site == "curve_1") & (numbers.method == "vertebral_tilt")
]
first[["image", "value", "lower", "upper", "class", "status"]]

# %%
errors = [first.value - first.lower, first.upper - first.value]
plt.errorbar(first.image.str[5:7].astype(int), first.value, yerr=errors, fmt="o", capsize=4)
plt.xlabel("drawn bend (degrees)")
plt.ylabel("Cobb angle (degrees)")
