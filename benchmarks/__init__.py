"""The measured comparisons: `python -m benchmarks.NAME [--json FILE] [--rounds N] [--scale small]`.

Each module measures Voxpop against the plain way of doing the same work, with the same result.
"""
