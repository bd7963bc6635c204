from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from voxpop import ConfigError
from voxpop.run_config.document import Document, dotted

FILE = '''\
# seed = 1

seed = 7 # the second line of its name
[data]
name = "a"  # [model]
text = """
[model]
epochs = 3
"""
steps = [
  1,

  2,
]

[model]
name = "b"
head.units = 3
head.inner.rate = 0.5
shares = { epochs = 3 }

[[listeners]]
name = "one"

[[listeners]]
name = "two"

[model.tail] # after other tables
units = 4
'''

_AS_NOBODY = """
import os, sys
from voxpop import ConfigError
from voxpop.run_config.document import Document
from pathlib import Path
if os.geteuid() == 0:
    os.setuid(65534)
try:
    Document.read(Path(sys.argv[1]))
except ConfigError as error:
    print(error)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "run.toml"


def refused(file: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        Document.read(file)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("key", "line"),
    [
        (("seed",), 3),
        (("data",), 4),
        (("data", "name"), 5),
        (("data", "text"), 6),
        (("data", "steps"), 10),
        (("data", "steps", 1), 10),
        (("model",), 16),
        (("model", "name"), 17),
        (("model", "head"), 18),
        (("model", "head", "units"), 18),
        (("model", "head", "inner", "rate"), 19),
        (("model", "shares", "epochs"), 20),
        (("listeners", 0, "name"), 23),
        (("listeners", 1), 25),
        (("listeners", 1, "name"), 26),
        (("model", "tail", "units"), 29),
    ],
)
def test_the_line_of_a_key_is_where_its_statement_begins(
    key: tuple[str | int, ...], line: int, file: Path
) -> None:
    file.write_text(FILE)
    assert Document.read(file).locate(key) == f"{file}:{line}"


def test_a_key_that_is_missing_is_placed_at_its_table(file: Path) -> None:
    file.write_text(FILE)
    document = Document.read(file)
    assert document.locate(("model", "epochs")) == f"{file}:16"
    assert document.locate(("tokenizer",)) == str(file)
    assert document.locate(()) == str(file)


def test_keys_are_found_whatever_ends_the_lines(file: Path) -> None:
    file.write_bytes(FILE.replace("\n", "\r\n").encode())
    assert Document.read(file).locate(("model", "name")) == f"{file}:17"


def test_a_key_of_an_override_is_placed_there(file: Path) -> None:
    file.write_text(FILE)
    document = Document.read(file)
    document.override(["model.head={units = 5}", "seed = 3"])
    assert document.locate(("model", "head", "units")) == "--set model.head={units = 5}"
    assert document.locate(("seed",)) == "--set seed = 3"
    assert document.locate(("model", "name")) == f"{file}:17"


def test_a_very_long_file_names_no_lines(file: Path) -> None:
    file.write_text("seed = 1\n" + "# more\n" * 600)
    assert Document.read(file).locate(("seed",)) == str(file)


def test_a_byte_order_mark_is_no_text(file: Path) -> None:
    file.write_text("seed = 1\n", encoding="utf-8-sig")
    assert Document.read(file).tables == {"seed": 1}


def test_a_missing_file_is_told_with_the_nearest(file: Path) -> None:
    (file.parent / "demo.toml").touch()
    (file.parent / "files.toml").touch()
    near = refused(file.parent / "dmeo.toml")
    assert near == (
        f"There is no file {file.parent}/dmeo.toml. TOML files there: demo.toml, files.toml. "
        "Did you mean 'demo.toml'?"
    )
    assert refused(file.parent / "xyz.toml").endswith("TOML files there: demo.toml, files.toml")


def test_a_missing_file_in_an_empty_folder_is_told(file: Path) -> None:
    assert refused(file) == f"There is no file {file}. No TOML file is there"
    elsewhere = file.parent / "absent" / "run.toml"
    assert refused(elsewhere) == f"There is no file {elsewhere}, nor a folder {elsewhere.parent}"


def test_a_folder_is_no_file(file: Path) -> None:
    file.mkdir()
    assert refused(file) == f"{file} is a folder; a run config is a TOML file in it"


def test_a_file_on_the_way_is_no_folder(file: Path) -> None:
    file.touch()
    assert refused(file / "run.toml") == f"{file}/run.toml cannot be read: Not a directory"


def test_a_file_that_may_not_be_read_is_told(file: Path) -> None:
    file.touch()
    for folder in file.parents:
        if "pytest-of-" in str(folder):
            folder.chmod(0o755)
    file.chmod(0o000)
    done = subprocess.run(
        [sys.executable, "-c", _AS_NOBODY, str(file)], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{file} cannot be read: Permission denied\n"


def test_a_wrong_encoding_is_told_with_its_line(file: Path) -> None:
    file.write_bytes("seed = 1\n[data]\nname = 'é'\n".encode("latin-1"))
    message = refused(file)
    assert message == f"{file}:3: not UTF-8: byte 0xe9 at position 24. Save the file as UTF-8"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("[model]\nname = bilstm\n", 2, "invalid value. Text stands in quotes, in: name = bilstm"),
        ("seed = 1\nseed = 2\n", 2, "cannot overwrite a value, in: seed = 2"),
        ("seed = 1\n[model\n", 2, "expected ']' at the end of a table declaration, in: [model"),
        ("seed\n", 1, "expected '=' after a key in a key/value pair, in: seed"),
        ("a = 1\nb = [1,\n", 3, "invalid value. Is a bracket or a quote left open?"),
    ],
)
def test_what_is_no_toml_is_told_with_its_line(
    text: str, line: int, message: str, file: Path
) -> None:
    file.write_text(text)
    assert refused(file) == f"{file}:{line}: not valid TOML: {message}"


@pytest.mark.parametrize("text", [f"a = {'[' * 9999}{']' * 9999}", f"a = {'9' * 9999}"])
def test_toml_without_end_is_told(text: str, file: Path) -> None:
    file.write_text(text)
    assert re.match(rf"{re.escape(os.fspath(file))}:.*not valid TOML: ", refused(file))


def test_keys_are_written_as_people_read_them() -> None:
    assert dotted(("model", "layers", 0, "units")) == "model.layers[0].units"
    assert dotted(()) == ""
