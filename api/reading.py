"""``radcaliper.read``: a file as a radiograph."""

from __future__ import annotations

import os

from radcaliper.measurements.types import Radiograph
from radcaliper.pipelines.reading import read_radiograph
from radcaliper.sources import existing


def read(path: str | os.PathLike[str], spacing: float | None = None) -> Radiograph:
    """Read the film in a file, as the command line does.

    Parameters
    ----------
    path : str | os.PathLike
        A DICOM, PNG, JPEG, TIFF, BMP, NIfTI, NRRD or MetaImage file.
    spacing : float | None
        Millimetres a pixel of the file, in place of the file's own.

    Returns
    -------
    Radiograph
        The film: upright and bone bright as far as its file says, with square pixels, cropped to what was exposed.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    UnreadableFilm, NotARadiograph
        If it holds no readable image, or no single film; the message is one line.

    Examples
    --------
    >>> from importlib.resources import files
    >>> film = read(str(files("data_store") / "data" / "RG1_J2KR.dcm"))
    >>> film.shape
    (1955, 1841)
    """
    return read_radiograph(existing(path), spacing)
