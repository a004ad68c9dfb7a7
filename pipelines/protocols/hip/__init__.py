"""The hip protocol."""
