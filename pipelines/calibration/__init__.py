"""Commands that fit the small tables of qc/ on labelled films."""
