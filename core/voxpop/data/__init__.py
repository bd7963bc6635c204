"""Labelled reviews: splits, their checks and fingerprints."""
