"""The events of runs as JSON lines in a file."""
