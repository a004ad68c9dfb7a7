"""From files to results: discovery, one film, many films, the measuring process."""
