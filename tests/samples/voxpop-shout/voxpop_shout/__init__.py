"""Voxpop parts that hear how loud a review is."""
