"""Bytes and versions in a directory of this machine."""
