from voxpop import errors
from voxpop_apps.cli.exit_codes import EXIT_CODES, ExitCode


def test_every_error_code_has_an_exit_code() -> None:
    codes = {getattr(errors, name).code for name in errors.__all__}
    assert set(EXIT_CODES) == codes


def test_the_numbers_never_change() -> None:
    assert [(code.name, code.value) for code in ExitCode] == [
        ("OK", 0),
        ("FAILED", 1),
        ("USAGE", 2),
        ("BAD_CONFIG", 3),
        ("BROKEN_PLUGIN", 4),
        ("BAD_DATA", 5),
        ("NOT_FOUND", 6),
        ("CORRUPT_BUNDLE", 7),
        ("CONFLICT", 8),
        ("STORE", 9),
        ("INTERRUPTED", 130),
    ]
