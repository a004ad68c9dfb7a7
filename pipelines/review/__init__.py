"""Reviewing results: what a person changes, what it does to the numbers, how it is kept. No window is opened here."""
