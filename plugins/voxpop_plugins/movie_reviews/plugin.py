"""Registers the parts of movie reviews."""
