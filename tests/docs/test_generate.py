import re
from pathlib import Path

import pytest

from docs.generate import CHECKOUT, REGIONS, fill
from docs.terraform_tables import declared
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


def test_every_region_is_on_a_page() -> None:
    pages = [*CHECKOUT.glob("*.md"), *CHECKOUT.glob("docs/**/*.md")]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    assert not [name for name in REGIONS if f"<!-- generated: {name} -->" not in text]


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


@pytest.mark.parametrize("stage", ["infra", "app"])
def test_every_variable_and_output_of_terraform_is_told(stage: str) -> None:
    told = "\n".join(REGIONS[f"terraform-{stage}"]())
    folder = Path(__file__).parents[2] / "terraform" / stage
    for kind in ("variable", "output"):
        text = (folder / f"{kind}s.tf").read_text(encoding="utf-8")
        names = re.findall(rf'^{kind} "(\w+)"', text, flags=re.M)
        assert names
        assert all(f"| `{name}` |" in told for name in names)


def test_a_variable_is_told_with_its_type_and_default() -> None:
    told = "\n".join(REGIONS["terraform-infra"]())
    assert '| `region` | `string` | `"eu-west-1"` | The AWS region of everything. |' in told
    assert "| `state_bucket` | `string` | required |" in told


def test_a_variable_without_a_description_is_refused(tmp_path: Path) -> None:
    (tmp_path / "variables.tf").write_text('variable "zone" {\n  type = string\n}\n')
    with pytest.raises(SystemExit, match="variable zone has no description"):
        list(declared("variable", tmp_path))


def test_a_block_that_is_laid_out_otherwise_is_not_left_out(tmp_path: Path) -> None:
    (tmp_path / "outputs.tf").write_text('output "zone" { value = 1 }\n')
    with pytest.raises(SystemExit, match="not laid out as `terraform fmt` does it"):
        list(declared("output", tmp_path))
