"""`voxpop plugins check`: what is wrong with an installed plugin, as far as no data is needed."""
