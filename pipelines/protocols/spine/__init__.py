"""The spine protocol."""
