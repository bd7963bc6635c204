"""Plugins with one fault each, that the loader must find."""
