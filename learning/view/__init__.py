"""Data, training and judging of the view recogniser."""
