import pytest

from docs.generate import REGIONS, fill
from voxpop_apps.cli.exit_codes import EXIT_CODES, ExitCode


def test_a_region_is_written_anew_and_the_rest_stays() -> None:
    page = "# Codes\n<!-- generated: exit-codes -->\nold\n<!-- end -->\nafter\n"
    filled = fill(page, "page.md")
    assert filled.startswith("# Codes\n<!-- generated: exit-codes -->\n\n| status |")
    assert filled.endswith("|\n\n<!-- end -->\nafter\n")
    assert fill(filled, "page.md") == filled


def test_an_unknown_region_is_refused() -> None:
    with pytest.raises(SystemExit, match=r"page\.md: nothing is called 'exit-code'"):
        fill("<!-- generated: exit-code -->\n<!-- end -->\n", "page.md")


def test_a_region_without_end_is_refused() -> None:
    with pytest.raises(SystemExit, match=r"page\.md: a generated part lacks"):
        fill("<!-- generated: exit-codes -->\nrest\n", "page.md")


def test_every_exit_status_and_error_code_is_told() -> None:
    (told,) = REGIONS["exit-codes"]()
    assert all(f"| {status.value} |" in told for status in ExitCode)
    assert all(f"`{code}`" in told for code in EXIT_CODES)


def test_every_command_is_told() -> None:
    told = "\n".join(REGIONS["cli-help"]())
    for command in ("demo", "train", "predict", "registry promote", "config check"):
        assert f"## `voxpop {command}`" in told


def test_every_option_is_told_with_its_default() -> None:
    told = "\n".join(REGIONS["core-options"]())
    assert "| `seed` | integer >= 0, < 4294967296 | `42` |" in told
    assert "### `[promotion]`" in told
    assert '`"champion"`' in told


def test_every_setting_is_told() -> None:
    (told,) = REGIONS["settings"]()
    for variable in ("VOXPOP_HOME", "VOXPOP_PLUGINS", "VOXPOP_LOG_LEVEL", "VOXPOP_REGISTRY__..."):
        assert f"| `{variable}` |" in told


def test_every_part_of_ours_is_told() -> None:
    told = "\n".join(REGIONS["parts-options"]())
    for part in ("Data source `movie-reviews`", "Tokenizer `keras`", "Model `bilstm`"):
        assert f"### {part}\n" in told
    assert '| `backend` | "tensorflow" \\| "jax" | `"tensorflow"` |' in told
