from __future__ import annotations

import functools
import itertools
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from voxpop import (
    BrokenPlugin,
    DataSourcePart,
    ListenerPart,
    ModelPart,
    Part,
    PartConfig,
    PartNotFoundError,
    PluginError,
    Plugins,
    RegistryPart,
    SettingsError,
    StorePart,
    TokenizerPart,
)
from voxpop.plugin_offers import HOOKS
from voxpop.testing.doubles import sample_parts

GOOD = """
from voxpop import ListenerPart, PartConfig, StorePart, hookimpl

class Options(PartConfig):
    size: int = 3

def open_it(config):
    return print

@hookimpl
def voxpop_listeners():
    for name in ("{0}-two", "{0}-one"):
        yield ListenerPart(name=name, summary="Hears", config=Options, open=open_it)
"""

LISTENER = """
from voxpop import ListenerPart, PartConfig, hookimpl

class Options(PartConfig):
    {fields}

@hookimpl
def voxpop_listeners({arguments}):
    part = ListenerPart(
        name={name}, summary={summary}, config={config}, open={open}
    )
    {give}
"""

Install = Callable[..., None]


def listener(
    *,
    fields: str = "size: int = 3",
    arguments: str = "",
    name: str = "'loud'",
    summary: str = "'Hears'",
    config: str = "Options",
    open: str = "print",  # noqa: A002 - the field's name
    give: str = "yield part",
) -> str:
    """A plugin's code that is right but for what a test makes wrong."""
    return LISTENER.format(**locals())


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install a plugin as pip would leave it: a module and a `.dist-info` beside it."""
    site = tmp_path / "site-packages"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    numbers = itertools.count()

    def install(plugin: str, code: str, version: str | None = "1.2", **names: str) -> None:
        module = f"voxpop_test_plugin_{next(numbers)}"
        monkeypatch.delitem(sys.modules, module, raising=False)
        (site / f"{module}.py").write_text(code)
        distribution = names.get("distribution", f"voxpop-{plugin}")
        info = site / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        target = names.get("target", module)
        (info / "entry_points.txt").write_text(f"[voxpop]\n{plugin} = {target}\n")
        if version is not None:
            metadata = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
            (info / "METADATA").write_text(metadata)

    return install


def test_parts_are_found_by_kind_and_name_and_sorted(install: Install) -> None:
    install("chat", GOOD.format("chat"))
    install("bell", GOOD.format("bell"))
    plugins = Plugins.load(only=["chat", "bell"])
    assert plugins.broken == ()
    assert [part.name for part in plugins.all(ListenerPart)] == [
        "bell-one",
        "bell-two",
        "chat-one",
        "chat-two",
    ]
    assert plugins.get(ListenerPart, "chat-one").open(PartConfig()) is print
    assert plugins.all(ModelPart) == ()
    assert plugins.parts() == plugins.all(ListenerPart)


def test_the_origin_of_a_part_is_known(install: Install, tmp_path: Path) -> None:
    install("chat", GOOD.format("chat"))
    plugins = Plugins.load(only=["chat"])
    origin = plugins.origin(plugins.get(ListenerPart, "chat-one"))
    assert (origin.plugin, origin.distribution, origin.version) == ("chat", "voxpop-chat", "1.2")
    assert str(origin) == "voxpop-chat 1.2"
    assert origin.module == "voxpop_test_plugin_0"
    assert origin.file == str(tmp_path / "site-packages" / "voxpop_test_plugin_0.py")
    line = Path(origin.file).read_text().splitlines()[(origin.line or 0) - 1]
    assert line == "def open_it(config):"


def test_an_object_may_be_a_plugin(install: Install) -> None:
    code = listener().replace("@hookimpl\ndef", "class Chat:\n  @hookimpl\n  def")
    code = code.replace("voxpop_listeners()", "voxpop_listeners(self)").replace(
        "\n    ", "\n      "
    )
    install("chat", code + "\nchat = Chat()\n", target="voxpop_test_plugin_0:chat")
    plugins = Plugins.load(only=["chat"])
    assert plugins.broken == ()
    assert plugins.get(ListenerPart, "loud").summary == "Hears"


BROKEN = {
    "import error": ("import no_such_library_of_ours", "ModuleNotFoundError: No module named"),
    "syntax error": ("def broken(:", "SyntaxError:"),
    "exit at import": ("raise SystemExit(3)", "SystemExit: 3"),
    "error without words": ("raise ValueError", "ValueError"),
    "misspelt hook": (
        listener().replace("voxpop_listeners", "voxpop_listener"),
        "there is no hook 'voxpop_listener'. Hooks: voxpop_data_sources,",
    ),
    "nearest hook": (
        listener().replace("voxpop_listeners", "voxpop_modles"),
        "Did you mean 'voxpop_models'?",
    ),
    "argument": (
        listener(arguments="manager"),
        "a hook has a wrong signature (hooks take nothing): ",
    ),
    "argument's name": (listener(arguments="manager"), "{'manager'}"),
    "no part": ("name = 'nothing'", "it offers no part: implement one of the hooks"),
    "forgotten mark": (
        listener().replace("@hookimpl\n", ""),
        "it offers no part: mark voxpop_listeners with @voxpop.hookimpl",
    ),
    "empty hook": (listener(give="return []"), "it offers no part"),
    "raising hook": (listener(give="raise OSError('no disk')"), "OSError: no disk"),
    "raising generator": (listener(give="yield part; 1 / 0"), "ZeroDivisionError: division by"),
    "no iterable": (
        listener(give="return part"),
        "voxpop_listeners returned a ListenerPart; it must return an iterable of ListenerPart, "
        "so yield each part",
    ),
    "text": (listener(give="return 'part'"), "voxpop_listeners returned a str;"),
    "number": (listener(give="return 3"), "voxpop_listeners returned a int;"),
    "no parts": (listener(give="yield 3"), "voxpop_listeners gave a int; it must return"),
    "other kind": (
        listener().replace("voxpop_listeners", "voxpop_models"),
        "voxpop_models gave a ListenerPart; it must return an iterable of ModelPart",
    ),
    "twice": (listener(give="return [part, part]"), "it offers the listener 'loud' twice"),
    "name": (listener(name="'Loud_One'"), "the listener 'Loud_One' must have a kebab-case name"),
    "no name": (listener(name="None"), "must have a kebab-case name"),
    "summary": (listener(summary="'a\\nb'"), "the listener 'loud' needs a summary of one line"),
    "no config": (listener(config="dict"), "needs a config class made from voxpop.PartConfig"),
    "option called name": (
        listener(fields="name: str = 'x'"),
        "the listener 'loud' has an option called 'name' in Options; a table's name selects",
    ),
    "loose config": (
        listener(fields="model_config = {'extra': 'ignore'}"),
        "lets unknown options pass; Options must keep extra='forbid'",
    ),
    "no function": (listener(open="3"), "the listener 'loud' needs a function as its 'open'"),
    "no arguments": (
        listener(open="lambda: print"),
        "the listener 'loud' has a 'open' that takes (); it is called as open(config)",
    ),
    "too many arguments": (
        listener(open="lambda config, more: print"),
        "takes (config, more); it is called as open(config)",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_plugin_is_told_and_harms_no_other(case: str, install: Install) -> None:
    code, reason = BROKEN[case]
    install("bad", code)
    install("chat", GOOD.format("chat"))
    plugins = Plugins.load(only=["bad", "chat"])
    assert [part.name for part in plugins.parts()] == ["chat-one", "chat-two"]
    (broken,) = plugins.broken
    assert (broken.plugin, broken.distribution, broken.version) == ("bad", "voxpop-bad", "1.2")
    assert reason in broken.reason
    assert "\n" not in broken.reason
    with pytest.raises(PartNotFoundError, match=r"bad \(voxpop-bad 1\.2\): ") as caught:
        plugins.get(ListenerPart, "loud")
    assert reason in str(caught.value)


@pytest.mark.parametrize("target", ["no_such_module_of_ours", "voxpop_test_plugin_0:absent"])
def test_an_entry_point_that_leads_nowhere_is_broken(target: str, install: Install) -> None:
    install("bad", "", target=target)
    assert (
        Plugins.load(only=["bad"])
        .broken[0]
        .reason.startswith(("ModuleNotFoundError: ", "AttributeError: "))
    )


def test_a_plugin_without_metadata_is_named_by_its_module(install: Install) -> None:
    install("bad", "import no_such_library_of_ours", version=None, distribution="voxpop_bare")
    (broken,) = Plugins.load(only=["bad"]).broken
    assert (broken.distribution, broken.version) == ("voxpop_test_plugin_0", "unknown")


def test_a_name_given_twice_is_refused_to_both(install: Install) -> None:
    install("first", GOOD.format("chat"))
    install("second", listener(name="'chat-one'"), version="3.4")
    plugins = Plugins.load(only=["first", "second"])
    both = "the listener 'chat-one' is offered by first (voxpop-first 1.2) and by second"
    with pytest.raises(PluginError, match=r"first .* and by second \(voxpop-second 3\.4\)"):
        plugins.get(ListenerPart, "chat-one")
    assert [part.name for part in plugins.parts()] == ["chat-two"]
    assert [broken.plugin for broken in plugins.broken] == ["first", "second"]
    assert all(broken.reason.startswith(both) for broken in plugins.broken)
    # One of them alone is fine: the choice is the way out that the message names.
    assert Plugins.load(only=["second"]).get(ListenerPart, "chat-one").summary == "Hears"


def test_one_name_may_stand_for_parts_of_several_kinds() -> None:
    plugins = Plugins.of(*sample_parts())
    assert {part.kind for part in plugins.named("memory")} == {"registry", "store"}
    with pytest.raises(PartNotFoundError, match=r"No part is called 'memori'.*mean 'memory'"):
        plugins.named("memori")


def test_the_environment_chooses_plugins(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    install("chat", GOOD.format("chat"))
    install("bell", GOOD.format("bell"))
    monkeypatch.setenv("VOXPOP_PLUGINS", "bell")
    plugins = Plugins.load()
    assert [part.name for part in plugins.parts()] == ["bell-one", "bell-two"]
    with pytest.raises(PartNotFoundError, match=r"Installed but not chosen to load: chat, "):
        plugins.get(ListenerPart, "chat-one")
    monkeypatch.setenv("VOXPOP_PLUGINS", "")
    assert Plugins.load().parts() == ()
    monkeypatch.delenv("VOXPOP_PLUGINS")
    assert {"bell-one", "chat-one"} <= {part.name for part in Plugins.load().all(ListenerPart)}


def test_a_plugin_that_is_left_out_is_not_even_imported(install: Install) -> None:
    install("bad", "raise SystemExit")
    assert Plugins.load(only=[]).broken == ()
    assert "voxpop_test_plugin_0" not in sys.modules


def test_choosing_a_plugin_that_is_not_there_is_refused(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("chat", GOOD.format("chat"))
    monkeypatch.setenv("VOXPOP_PLUGINS", "chta")
    with pytest.raises(SettingsError, match=r"VOXPOP_PLUGINS names 'chta'.*Did you mean 'chat'"):
        Plugins.load()
    with pytest.raises(PluginError, match=r"'chta', .*Installed: .*chat.*Did you mean 'chat'"):
        Plugins.load(only=["chta"])


def test_a_part_that_is_not_there_is_told_with_those_that_are() -> None:
    plugins = Plugins.of(*sample_parts())
    with pytest.raises(PartNotFoundError) as caught:
        plugins.get(ModelPart, "word-wieghts")
    assert str(caught.value) == (
        "No model is called 'word-wieghts'. Available: word-weights. Did you mean 'word-weights'?"
    )
    with pytest.raises(PartNotFoundError, match="Available: none"):
        Plugins.of().get(ModelPart, "word-weights")


@pytest.mark.parametrize("seed", range(4))
def test_the_order_in_which_parts_come_does_not_matter(seed: int) -> None:
    parts = list(sample_parts())
    turned = parts[seed:] + parts[:seed]
    assert Plugins.of(*turned).parts() == Plugins.of(*reversed(parts)).parts()


def test_parts_in_memory_are_checked_too() -> None:
    class Options(PartConfig):
        pass

    part = ListenerPart(name="Loud", summary="Hears", config=Options, open=_open)
    with pytest.raises(PluginError, match="kebab-case"):
        Plugins.of(part)
    fine = ListenerPart(name="loud", summary="Hears", config=Options, open=_open)
    with pytest.raises(PluginError, match="the listener 'loud' is offered by in-memory"):
        Plugins.of(fine, fine)


def test_the_origin_of_a_function_made_of_another_is_that_other() -> None:
    class Options(PartConfig):
        pass

    made = ListenerPart(name="made", summary="Hears", config=Options, open=functools.partial(_open))
    built_in = ListenerPart(name="built-in", summary="Hears", config=Options, open=print)  # type: ignore[arg-type]
    plugins = Plugins.of(made, built_in)
    assert plugins.origin(made).line == _open.__code__.co_firstlineno
    assert plugins.origin(built_in).file is None
    assert plugins.origin(built_in).distribution == "in-memory"


def test_every_kind_of_part_has_its_hook() -> None:
    kinds: set[type[Part[Any]]] = {
        DataSourcePart,
        TokenizerPart,
        ModelPart,
        RegistryPart,
        StorePart,
        ListenerPart,
    }
    assert set(HOOKS.values()) == kinds == set(Part.__subclasses__())


def test_a_broken_plugin_reads_as_one_line() -> None:
    broken = BrokenPlugin(plugin="chat", distribution="voxpop-chat", version="1", reason="why")
    assert str(broken) == "chat (voxpop-chat 1): why"


def test_listing_the_default_plugins_imports_nothing_heavy() -> None:
    heavy = ["boto3", "datasets", "jax", "keras", "onnx", "onnxruntime", "pandas", "pyarrow"]
    heavy += ["sklearn", "scipy", "tensorflow", "torch", "matplotlib", "fastapi", "gradio"]
    code = (
        "import sys\nfrom voxpop import Plugins\nplugins = Plugins.load()\n"
        "print(len(plugins.parts()), *plugins.broken)\n"
        f"print(sorted(set({heavy}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    parts, imported = done.stdout.splitlines()
    assert int(parts) >= 5  # and no broken plugin behind the number
    assert imported == "[]"


def _open(config: PartConfig) -> Callable[[object], None]:
    return print
