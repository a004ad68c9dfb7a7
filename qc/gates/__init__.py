"""Is it a film that can be measured? One module for each kind of film."""
