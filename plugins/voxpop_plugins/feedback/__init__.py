"""What people said of predictions, as reviews to train on."""
