"""The Keras tokenizer and models."""
