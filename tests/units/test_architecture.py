"""Who may import what: data flows one way, and the pack's own name is not ours."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from comfycontrol_pack.server_routes.table import ROUTES

ROOT = Path(__file__).parents[2]
TOPS = ("comfycontrol", "server_routes", "nodes")
SOURCES = [ROOT / "__init__.py", *(file for top in TOPS for file in sorted((ROOT / top).rglob("*.py")))]
NAMES = [file.relative_to(ROOT).as_posix() for file in SOURCES]
# Modules that only ComfyUI has. `nodes` and `server` are its own, too.
OF_COMFYUI = {
    "app",
    "comfy",
    "comfy_api",
    "comfy_execution",
    "comfyui_version",
    "execution",
    "folder_paths",
    "nodes",
    "server",
}


def imports_of(name: str) -> Iterator[str]:
    """Absolute names as they stand, relative ones from the pack's folder, with a dot in front."""
    file = ROOT / name
    for node in ast.walk(ast.parse(file.read_text(encoding="ascii"), name)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            folder = file.parents[node.level - 1].relative_to(ROOT).parts
            inner = [*folder, *(node.module.split(".") if node.module else [])]
            yield from ("." + ".".join([*inner, alias.name]) for alias in node.names)


def imports(name: str, *modules: str) -> list[str]:
    return [
        found
        for found in imports_of(name)
        if any(found == module or found.startswith(f"{module}.") for module in modules)
    ]


def test_there_are_sources() -> None:
    assert {"__init__.py", "comfycontrol/api/client.py", "server_routes/handlers.py"} <= set(NAMES)


# Top first. Those in one row may not import each other. Within a folder, the tests of circles see to the order.
ORDER = (
    ("__init__",),
    ("server_routes", "nodes"),
    ("comfycontrol/unattended",),
    ("comfycontrol/bootstrap",),
    ("comfycontrol/tunnel",),
    ("comfycontrol/gateway",),
    ("comfycontrol/templates", "comfycontrol/test_run"),
    ("comfycontrol/runners",),
    ("comfycontrol/address_check",),
    ("comfycontrol/public_address",),
    ("comfycontrol/storage",),
    ("comfycontrol/configuration",),
    ("comfycontrol/api",),
    ("comfycontrol/models",),
    ("comfycontrol/rate_limiter", "comfycontrol/recent_errors", "comfycontrol/comfyui"),
    ("comfycontrol/errors", "comfycontrol/foreign_json"),
    ("comfycontrol/texts", "comfycontrol/log", "comfycontrol/clock", "comfycontrol/version"),
)
FLOOR = {place: floor for floor, places in enumerate(ORDER) for place in places}


def place_of(file: str) -> str:
    """The folder, or the file where it lies beside the folders."""
    parts = file.removesuffix(".py").split("/")
    return "/".join(parts[:2]) if parts[0] == "comfycontrol" else parts[0]


def files_imported_by(name: str) -> Iterator[str]:
    """The pack's files that a file names in its imports, wherever in it they stand."""
    for found in imports_of(name):
        inner = found.removeprefix(".").replace(".", "/")
        if not found.startswith("."):
            continue
        for place in (inner, inner.rpartition("/")[0]):
            file = next((one for one in (f"{place}.py", f"{place}/__init__.py".lstrip("/")) if one in NAMES), None)
            if file:
                yield file
                break


def test_every_folder_has_its_place_in_the_order() -> None:
    assert {place_of(name) for name in NAMES} - {"comfycontrol/__init__"} == FLOOR.keys()


@pytest.mark.parametrize("name", NAMES)
def test_a_file_imports_only_from_its_folder_and_those_below(name: str) -> None:
    mine = place_of(name)
    others = {place_of(file) for file in files_imported_by(name)} - {mine, "comfycontrol/__init__"}
    assert {place for place in others if FLOOR[place] <= FLOOR[mine]} == set()


def circle_in(uses: dict[str, set[str]]) -> list[str]:
    """The files of one circle, in order; nothing where there is none."""
    done: set[str] = set()

    def walk(file: str, way: list[str]) -> list[str]:
        if file in way:
            return way[way.index(file) :]
        if file in done:
            return []
        for used in sorted(uses.get(file, ())):
            if found := walk(used, [*way, file]):
                return found
        done.add(file)
        return []

    return next((found for file in sorted(uses) if (found := walk(file, []))), [])


def page_modules() -> dict[str, set[str]]:
    """Which modules of the page each of them imports, later imports included."""
    found = {}
    for file in sorted((ROOT / "web").rglob("*.*js")):
        named = re.findall(r"""(?:\bfrom|\bimport)\s*\(?\s*["'](\.[^"']+)["']""", file.read_text(encoding="utf-8"))
        found[file.as_posix()] = {(file.parent / name).resolve().as_posix() for name in named}
    return found


def test_a_circle_is_found() -> None:
    assert circle_in({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c"]
    assert circle_in({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_no_files_of_the_pack_import_each_other_in_a_circle() -> None:
    assert circle_in({name: set(files_imported_by(name)) for name in NAMES}) == []


def test_no_files_of_the_page_import_each_other_in_a_circle() -> None:
    modules = page_modules()
    # The page's entry is found to use what is below it, so that the pattern is known to match.
    assert any(uses for uses in modules.values())
    assert circle_in(modules) == []


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("comfycontrol/")])
def test_comfycontrol_knows_neither_server_nor_routes_nor_nodes(name: str) -> None:
    assert imports(name, "aiohttp", ".server_routes", ".nodes") == []


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("server_routes/")])
def test_the_routes_make_no_calls_of_their_own(name: str) -> None:
    assert imports(name, "requests", "urllib3", "http.client", "urllib.request", "socket", ".nodes") == []


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("nodes/")])
def test_nodes_use_comfycontrol_only(name: str) -> None:
    assert imports(name, "requests", "aiohttp", ".server_routes") == []


@pytest.mark.parametrize("name", [name for name in NAMES if name != "comfycontrol/comfyui.py"])
def test_one_module_alone_imports_from_comfyui(name: str) -> None:
    assert imports(name, *OF_COMFYUI) == []


@pytest.mark.parametrize("name", NAMES)
def test_the_packs_own_folders_are_imported_relatively(name: str) -> None:
    assert imports(name, "comfycontrol", "server_routes", "comfycontrol_pack") == []


@pytest.mark.parametrize("name", NAMES)
def test_no_name_depends_on_the_folder_the_pack_lies_in(name: str) -> None:
    names = {
        node.id for node in ast.walk(ast.parse((ROOT / name).read_text(encoding="ascii"))) if isinstance(node, ast.Name)
    }
    assert not names & {"__name__", "__package__"}


@pytest.mark.parametrize("name", [name for name in NAMES if name != "comfycontrol/configuration/process.py"])
def test_one_module_alone_looks_at_the_environment(name: str) -> None:
    source = (ROOT / name).read_text(encoding="ascii")
    assert not re.search(r"\bos\.(environ|getenv)\b(?!`)", source)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_short_enough_to_be_read_at_once(name: str) -> None:
    assert len((ROOT / name).read_text(encoding="ascii").splitlines()) <= 250


@pytest.mark.parametrize("name", NAMES)
def test_sources_are_ascii(name: str) -> None:
    assert (ROOT / name).read_bytes().isascii()


# With a server, so that the routes are mounted as well.
MEASURE = """
import sys, threading, types
import aiohttp.web, pydantic
sys.path.insert(0, {tests!r})
import comfy_host.loader as loader, server
server.PromptServer.instance = types.SimpleNamespace(routes=aiohttp.web.RouteTableDef(), failed_packs={{}})
before, threads = set(sys.modules), threading.active_count()
pack = loader.load_pack(__import__("pathlib").Path({root!r}), "pack")
assert server.PromptServer.instance.failed_packs == {{}}, server.PromptServer.instance.failed_packs
assert len(server.PromptServer.instance.routes) > 0
print(threading.active_count() - threads)
print(*sorted(set(sys.modules) - before))
"""


def test_importing_the_pack_loads_next_to_nothing_and_starts_no_thread() -> None:
    program = MEASURE.format(tests=str(ROOT / "tests"), root=str(ROOT))
    result = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert result.returncode == 0, result.stderr
    threads, modules = result.stdout.splitlines()
    assert int(threads) == 0
    loaded = set(modules.split())
    assert "pack.server_routes.handlers" in loaded
    # With what comes along.
    heavy = {name for name in loaded if name.partition(".")[0] in {"requests", "urllib3", "cryptography", "pydantic"}}
    assert heavy == set()
    ours = {name.removeprefix("pack.") for name in loaded if name.startswith("pack.")}
    assert not ours & {
        "comfycontrol.api.client",
        "comfycontrol.storage.store",
        "comfycontrol.models.runner",
        "comfycontrol.templates.placeholders",
        "comfycontrol.runners.registration",
        "comfycontrol.templates.form",
        "comfycontrol.models.template",
        "comfycontrol.templates.saving",
        "comfycontrol.storage.token_seal",
        "nodes.picture",
        "server_routes.bodies",
        *(f"server_routes.{route.use_case.partition('.')[0]}" for route in ROUTES),
    }


def test_every_test_file_has_a_name_of_its_own() -> None:
    # pytest imports them by that name alone.
    names = [file.name for file in (ROOT / "tests").rglob("test_*.py")]
    assert {name for name in names if names.count(name) > 1} == set()
