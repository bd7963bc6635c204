"""`python -m voxpop_apps.cli` is `voxpop`."""

from voxpop_apps.cli.main import main

main()
