import pytest

from voxpop import ConfigError, PartNotFoundError, Plugins, StorePart, choose_part


def test_a_part_is_chosen_with_its_options() -> None:
    chosen = choose_part(Plugins.load(), StorePart, "local", ["directory=/a"], {"directory": "/b"})
    assert str(chosen.options.model_dump()["directory"]) == "/a"


def test_a_wrong_name_or_option_is_told() -> None:
    plugins = Plugins.load()
    with pytest.raises(PartNotFoundError, match="Did you mean 'local'"):
        choose_part(plugins, StorePart, "locl")
    with pytest.raises(ConfigError, match="Did you mean 'directory'"):
        choose_part(plugins, StorePart, "local", ["directry=/a"])
    with pytest.raises(ConfigError, match="no `name`"):
        choose_part(plugins, StorePart, "local", ["name=memory"])
