"""The viewer: a napari plugin over the same functions as the command line."""
