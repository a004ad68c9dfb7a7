"""Synthetic films with known measurements, for samples and tests."""
