"""The command `voxpop`."""


def main() -> None:
    """Run the command line."""
