"""Registers the Keras tokenizer and models."""
