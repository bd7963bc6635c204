"""The Open Inference Protocol: what its bodies hold, read and written."""
