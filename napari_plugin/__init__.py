"""A napari plugin for looking at results."""
