"""The rules of versions and aliases, once, over any object store."""
