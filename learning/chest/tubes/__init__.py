"""Synthetic tubes and lines, drawn into real chest films."""
