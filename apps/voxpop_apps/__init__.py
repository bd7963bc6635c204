"""The apps: built against the core only, never against a plugin."""
