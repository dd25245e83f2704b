"""What the Comfy Registry hands out: the files git knows, less those of .comfyignore."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import requests
from pathspec import GitIgnoreSpec
from workshop import ROOT

from comfy_host.process import HostOptions, start_small_host


@pytest.fixture(scope="module")
def archive() -> list[str]:
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("only git knows which files there are")
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    known = subprocess.check_output(command, cwd=ROOT, text=True).splitlines()  # noqa: S603 - our own command
    ignored = GitIgnoreSpec.from_lines((ROOT / ".comfyignore").read_text(encoding="utf-8").splitlines())
    return [file for file in known if (ROOT / file).is_file() and not ignored.match_file(file)]


def test_it_holds_what_a_user_needs_and_nothing_else(archive: list[str]) -> None:
    rooms = {file.split("/")[0] for file in archive}
    assert {"__init__.py", "comfycontrol", "locales", "server_routes", "nodes", "web"} <= rooms
    assert {"requirements.txt", "LICENSE"} <= rooms
    assert not rooms & {"tests", "scripts", "requirements-dev.txt", "tsconfig.json"}
    assert not [file for file in archive if file.startswith(".") or file.endswith((".png", ".svg", ".pyc"))]


def test_the_pack_loads_from_nothing_but_the_archive(archive: list[str], tmp_path: Path) -> None:
    pack = tmp_path / "unpacked"
    for file in archive:
        (pack / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / file, pack / file)
    options = HostOptions(pack, tmp_path / "user", environment={"COMFYCONTROL_API_URL": "http://127.0.0.1:9"})
    with start_small_host(options) as host, requests.Session() as page:
        page.trust_env = False
        status = page.get(f"{host.url}/comfycontrol/status", timeout=10)
        assert status.json()["state"] == "not_connected"
        assert "/extensions/comfycontrol/comfycontrol.js" in page.get(f"{host.url}/extensions", timeout=10).json()
        # What that script loads later is in the archive as well.
        script = page.get(f"{host.url}/extensions/comfycontrol/comfycontrol.js", timeout=10).text
        for file in re.findall(r'"(\w+\.(?:mjs|css))"', script):
            assert page.get(f"{host.url}/extensions/comfycontrol/panel/{file}", timeout=10).status_code == 200


def test_both_lists_of_requirements_say_the_same() -> None:
    # By hand, because Python 3.10 has no reader of TOML.
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (dependencies,) = re.findall(r"^dependencies = \[\n(.*?)^\]", project, re.DOTALL | re.MULTILINE)
    required = (ROOT / "requirements.txt").read_text(encoding="utf-8").split()
    assert sorted(required) == sorted(re.findall(r'"(.+)"', dependencies))


def test_the_page_types_are_those_that_tsc_is_given() -> None:
    packages = json.loads((ROOT / "tests" / "page_types" / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert all(re.fullmatch(r"[\d.]+", version) for version in packages.values())
