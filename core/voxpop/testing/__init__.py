"""The conformance kit and the doubles that plugin authors use."""
