"""The tables of results.sqlite, their version, and how an older folder is brought up to date."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Final

from radcaliper.pipelines.results.rows import COLUMNS, REVIEW_COLUMNS

KEYS: Final = {
    "images": ("image",),
    "structures": ("image", "structure"),
    "measurements": ("image", "measurement", "site", "method"),
    "landmarks": ("image", "landmark"),
}
"""What tells the rows of a table apart."""
AUTOMATIC: Final = {table: tuple(c for c in columns if c not in REVIEW_COLUMNS) for table, columns in COLUMNS.items()}
"""The columns that measuring fills."""

VERSION: Final = 3
"""Version 1 is that of radcaliper 0.1.0, which did not write it down; 2 came before summaries, stamps and patients."""
BESIDES: Final = {"images": ("fingerprint", "pictures", "patient", "lowest_quality", "measured_values")}
"""Columns of the database alone: what a film's results follow from, its files, its patient's keyed hash, and what a
worklist shows of it: the lowest quality of its masks, and its values by measurement as JSON."""
_APPLICATION: Final = 0x52434C50
"""``RCLP``: what makes an SQLite file a results.sqlite."""

_REVIEWS: Final = (
    "CREATE TABLE IF NOT EXISTS reviews"
    " (id INTEGER PRIMARY KEY, image, sha256, decision, reviewer, reviewed_at, comment)",
    "CREATE TABLE IF NOT EXISTS review_masks (review, structure, png, PRIMARY KEY (review, structure))",
    'CREATE TABLE IF NOT EXISTS review_landmarks (review, landmark, "row", "col", PRIMARY KEY (review, landmark))',
    "CREATE TABLE IF NOT EXISTS review_ends (review, site, upper, lower, PRIMARY KEY (review, site))",
    "CREATE TABLE IF NOT EXISTS review_removed (review, landmark, PRIMARY KEY (review, landmark))",
    "CREATE TABLE IF NOT EXISTS review_levels (review, vertebra, level, PRIMARY KEY (review, vertebra))",
    "CREATE INDEX IF NOT EXISTS reviews_by_image ON reviews (image)",
    "CREATE TABLE IF NOT EXISTS reviewers (session PRIMARY KEY, reviewer, host, seen)",
)
_CORRECTIONS: Final = (
    "CREATE TABLE corrections (review, measurement, site, method, corrected_value, unit, spacing_row_mm,"
    " spacing_col_mm, corrected_details, comment, PRIMARY KEY (review, measurement, site, method))"
)
"""Each number as a review signed it, in the unit and at the spacing that it had then."""


class NewerResults(ValueError):
    """The folder was written by a newer radcaliper; the message is one line."""


class NotOurs(ValueError):
    """The file is no database of radcaliper; the message is one line."""


def _automatic_tables() -> Iterator[str]:
    for table, columns in AUTOMATIC.items():
        names = ", ".join(f'"{column}"' for column in columns)
        extra = "".join(f', "{column}"' for column in BESIDES.get(table, ()))
        yield f"CREATE TABLE {table} ({names}{extra}, PRIMARY KEY ({', '.join(KEYS[table])}))"


def _fresh(_: sqlite3.Connection) -> Iterator[str]:
    yield from _automatic_tables()
    yield from _REVIEWS
    yield _CORRECTIONS
    yield "CREATE TABLE run (key PRIMARY KEY, value)"
    yield "CREATE TABLE sources (image PRIMARY KEY, path, base, missing DEFAULT 0, stamp)"


_REVIEWS_FOR_CORRECTIONS: Final = """
INSERT INTO reviews (image, sha256, decision, reviewer, reviewed_at, comment)
SELECT image, (SELECT sha256 FROM images WHERE images.image = old.image), 'corrected',
       max(reviewer), max(reviewed_at), max(comment)
FROM old_corrections AS old
WHERE image NOT IN (SELECT image FROM reviews WHERE decision != 'draft') GROUP BY image
"""
"""A correction whose review is not there: it was made on the film whose rows are."""
_MOVED: Final = """
INSERT INTO corrections
SELECT (SELECT max(id) FROM reviews WHERE reviews.image = old.image AND decision != 'draft'),
       measurement, site, method, corrected_value, CASE WHEN {unsure} THEN '?' ELSE now.unit END,
       spacing_row_mm, spacing_col_mm, corrected_details, old.comment
FROM old_corrections AS old
LEFT JOIN corrected_details USING (image, measurement, site, method)
LEFT JOIN measurements AS now USING (image, measurement, site, method)
LEFT JOIN images USING (image)
"""
_HIP_METHOD: Final = tuple(
    f"UPDATE {table} SET method = 'parts_and_mask' WHERE measurement IN"
    " ('ccd_angle', 'femoral_head_diameter', 'femoral_offset', 'leg_length_difference')"
    for table in ("measurements", "corrections")
)
"""Version 1 called the method of hips, network's parts and outline together, ``mask``."""
_UNSURE: Final = """
now.unit IN ('mm', 'px', 'mm2', 'px2') AND old.corrected_value IS NOT NULL AND now.value IS NOT NULL
AND old.corrected_value / now.value NOT BETWEEN 0.5 AND 2 AND julianday(old.reviewed_at) <
julianday((SELECT substr(finished, 1, 22) || ':' || substr(finished, 23) FROM
           (SELECT json_extract(value, '$.finished') AS finished FROM run WHERE key = 'run')))
"""
"""Version 1 kept no unit with a correction. It was the number's, unless the folder was measured once more since then
and the values are so far apart that one may be in pixels: such a correction is kept, and shown as stale."""


_SUMMARIES: Final = """
UPDATE images SET
lowest_quality = (SELECT min(quality) FROM structures WHERE structures.image = images.image AND area_px IS NOT 0),
measured_values = (SELECT json_group_object(measurement, json("values")) FROM
    (SELECT measurement, json_group_array(value) AS "values" FROM
        (SELECT measurement, value FROM measurements WHERE measurements.image = images.image AND value IS NOT NULL
         ORDER BY rowid) GROUP BY measurement))
"""


def _missing_columns(connection: sqlite3.Connection) -> Iterator[str]:
    """What an older version's automatic tables lack."""
    for table, columns in AUTOMATIC.items():
        there = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
        wanted = (*columns, *BESIDES.get(table, ()))
        yield from (f'ALTER TABLE {table} ADD COLUMN "{column}"' for column in wanted if column not in there)


def _from_version_1(connection: sqlite3.Connection) -> Iterator[str]:
    yield from _missing_columns(connection)
    yield from _REVIEWS
    yield (
        "CREATE TABLE IF NOT EXISTS corrected_details"
        " (image, measurement, site, method, corrected_details, PRIMARY KEY (image, measurement, site, method))"
    )
    yield "ALTER TABLE corrections RENAME TO old_corrections"
    yield _CORRECTIONS
    yield _REVIEWS_FOR_CORRECTIONS
    yield _MOVED.format(unsure=_UNSURE)
    yield from _HIP_METHOD
    yield "DROP TABLE old_corrections"
    yield "DROP TABLE corrected_details"
    yield "CREATE TABLE IF NOT EXISTS sources (image PRIMARY KEY, path)"
    yield "ALTER TABLE sources ADD COLUMN base"
    yield "ALTER TABLE sources ADD COLUMN missing DEFAULT 0"
    yield "ALTER TABLE sources ADD COLUMN stamp"
    yield _SUMMARIES


def _from_version_2(connection: sqlite3.Connection) -> Iterator[str]:
    yield from _missing_columns(connection)
    yield from _REVIEWS
    yield "ALTER TABLE sources ADD COLUMN stamp"
    yield _SUMMARIES


_STEPS: Final = {0: _fresh, 1: _from_version_1, 2: _from_version_2}
"""What leads from a version to the present one."""


def _tables(connection: sqlite3.Connection) -> set[str]:
    return {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def version_of(connection: sqlite3.Connection) -> int:
    """The schema's version, 0 for an empty file. Raises NotOurs, or NewerResults for a version after this one."""
    try:
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        tables = _tables(connection)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
        raise NotOurs("results.sqlite is no database of radcaliper") from error
    if application == 0 and version == 0:
        if not tables:
            return 0
        version = 1 if tables >= {"images", "measurements", "corrections", "run"} else 0
    if version == 0 or (application != _APPLICATION and version != 1):
        raise NotOurs("results.sqlite is no database of radcaliper")
    if version > VERSION:
        raise NewerResults(
            f"written by a newer radcaliper (schema {version}, this one knows up to {VERSION}): use that one"
        )
    return version


def bring_up_to_date(connection: sqlite3.Connection) -> None:
    """Create the tables, or those of an older version's folder anew with all that is in them, in one transaction.

    Raises NotOurs or NewerResults, and has touched nothing then.
    """
    if version_of(connection) == VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = version_of(connection)  # another program may have been quicker
        for statement in _STEPS[version](connection) if version in _STEPS else ():
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
