"""The default plugins: one folder a technology."""
