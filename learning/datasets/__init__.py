"""The labelled films, and how they are split into folds."""
