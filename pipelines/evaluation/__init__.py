"""Figures on labelled films that the shipped weights never saw."""
