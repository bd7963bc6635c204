"""The servers that `benchmarks.serving` compares, and the client that loads them."""
