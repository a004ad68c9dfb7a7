"""Synthetic films with known answers, for samples and tests."""
