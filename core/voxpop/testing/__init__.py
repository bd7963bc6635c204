"""What plugin authors test with: the conformance kit and doubles."""

from voxpop.testing.doubles import *  # noqa: F403
