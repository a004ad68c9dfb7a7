"""How the shipped weights were made: data, split, loss, training commands."""
