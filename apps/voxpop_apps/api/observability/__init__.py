"""What the outside may know of a running API: metrics, drift, traces, logs."""
