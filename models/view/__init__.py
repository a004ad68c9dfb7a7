"""The view recogniser: which film it is, and how it lies."""
