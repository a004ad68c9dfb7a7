"""Review of results: a person's edits, the measurements after them, and how both are stored. It opens no window."""
