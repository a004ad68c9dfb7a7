"""One folder and one declaration for each kind of film that is measured."""
