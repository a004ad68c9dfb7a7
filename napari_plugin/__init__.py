"""The viewer: a napari plugin, a thin shell over the same functions as the command line."""
