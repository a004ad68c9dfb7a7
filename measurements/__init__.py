"""Geometry on masks and landmarks, and the types everything passes around."""
