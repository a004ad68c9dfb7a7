"""The chest protocol, tubes and lines among it."""
