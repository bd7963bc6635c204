"""A linear model on words and runs of words: fitted by scikit-learn in seconds, served by numpy."""
