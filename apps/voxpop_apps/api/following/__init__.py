"""Which version answers, and how another one takes its place while requests go on."""
