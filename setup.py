"""The import package ``radcaliper`` is made of the folders at the root: ``api`` is the package itself."""

from setuptools import find_packages, setup

PARTS = ("measurements", "qc", "models", "pipelines", "learning", "napari_plugin")
SUBPACKAGES = [f"{part}.{package}" for part in PARTS for package in find_packages(part)]

setup(
    package_dir={"radcaliper": "api"} | {f"radcaliper.{part}": part for part in PARTS},
    packages=["radcaliper", *(f"radcaliper.{package}" for package in (*PARTS, *SUBPACKAGES))],
)
