"""From files to results: reading, the film-by-film pipeline, writing, the command line."""
