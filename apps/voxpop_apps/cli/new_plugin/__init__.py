"""`voxpop plugins new`: a small, working plugin package to begin from."""
