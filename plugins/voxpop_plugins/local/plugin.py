"""Registers the parts of local."""
