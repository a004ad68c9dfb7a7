"""
A chest film, from file to numbers
==================================

One film is read, measured, looked at and put into a table.
"""

# %%
# ``measure`` takes a file, an array, a folder, or a list of them. The protocol is chosen by what the film shows.
from importlib.resources import files

import radcaliper as rc

path = files("data_store") / "data" / "RG1_J2KR.dcm"
result = rc.measure(str(path))
result

# %%
# The film with outlines and measured lines; words stand beside it.
result.plot().figure.set_size_inches(8, 7)

# %%
# One number, with its 90 % interval and the word for where it lies in the reference range.
ratio = result.measurement("cardiothoracic_ratio")
print(f"{ratio.value:.3f} ({ratio.lower:.3f} to {ratio.upper:.3f}): {ratio.reference_class}, {ratio.status.value}")

# %%
# All numbers, with the columns of ``measurements.csv``. What cannot be measured is ``refused`` or ``absent`` and has a
# reason, never a made-up value.
frame = result.to_frame()
frame[["measurement", "site", "value", "unit", "lower", "upper", "status", "reasons"]]

# %%
# Masks have the size of the film.
for name, mask in result.masks.items():
    print(f"{name:20} {mask.shape} {mask.sum():>8} px")
