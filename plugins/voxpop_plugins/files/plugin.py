"""Registers the parts of files."""
