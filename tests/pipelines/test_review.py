"""What a correction does to a film's numbers, and how it is kept."""
