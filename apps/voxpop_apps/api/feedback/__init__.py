"""What customers of the API say was right or wrong, kept safe on its way to a store."""
