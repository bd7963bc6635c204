"""How good a model is: metrics, figures, report."""
