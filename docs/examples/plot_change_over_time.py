"""
Has the curve grown?
====================

A difference between two films is a change only where it lies beyond the uncertainty of both numbers and is no smaller
than readers' noise: 5 degrees for a Cobb angle.
"""

# %%
# Two phantoms of one spine, the later one bent more, measured by the whole pipeline.
import radcaliper as rc
from radcaliper.pipelines.phantoms.spine import spine_phantom

earlier = rc.measure(spine_phantom(bend=12).film, "spine")
later = rc.measure(spine_phantom(bend=20).film, "spine")
comparison = rc.compare(earlier, later)
comparison

# %%
# Each number, its change, and what it is called. Curves are found again by their side and their vertebrae.
frame = comparison.to_frame()
frame.loc[
    frame["change"].notna(),
    ["measurement", "site", "method", "earlier", "later", "change", "lower", "upper", "verdict"],
]

# %%
# The same as a picture: within the grey band a change is no larger than readers' noise.
figure = comparison.plot()
figure
