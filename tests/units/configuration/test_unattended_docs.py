"""That docs/unattended.md says what is so: its table is the model's, and each recipe is a configuration that works."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from comfycontrol_pack.comfycontrol.configuration.process import PREFIX
from comfycontrol_pack.comfycontrol.configuration.reading import read_configuration
from comfycontrol_pack.comfycontrol.configuration.unknown_names import is_of_platform
from comfycontrol_pack.comfycontrol.configuration.variables import Configuration

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "unattended.md"
# What stands in for a secret that only the platform knows, and for what Kubernetes fills in.
TOKEN = "cfc_0123456789abcdef"
FILLED_IN = {"$(POD_NAME)": "comfyui-0", "{{ RUNPOD_SECRET_comfycontrol_token }}": TOKEN}
# Set in the account's settings and not in the recipe.
ELSEWHERE = {"Vast.ai": {"COMFYCONTROL_TOKEN": TOKEN}}


def recipe(heading: str, language: str) -> str:
    """Give the block of a language in a section."""
    page = PAGE.read_text(encoding="utf-8")
    section = re.search(rf"^### {re.escape(heading)}\n(.*?)(?=^##|\Z)", page, re.MULTILINE | re.DOTALL)
    assert section, heading
    block = re.search(rf"^```{language}\n(.*?)^```$", section[1], re.MULTILINE | re.DOTALL)
    assert block, heading
    return block[1]


def of_compose() -> dict[str, Any]:
    document = yaml.safe_load(recipe("Docker Compose", "yaml"))
    service = document["services"]["comfyui"]
    # What it mounts is there.
    assert set(service["secrets"]) <= set(document["secrets"])
    assert {volume.partition(":")[0] for volume in service["volumes"]} <= set(document["volumes"])
    return dict(service["environment"])


def of_kubernetes() -> dict[str, Any]:
    documents = {document["kind"]: document for document in yaml.safe_load_all(recipe("Kubernetes", "yaml"))}
    pod = documents["StatefulSet"]["spec"]["template"]
    container = pod["spec"]["containers"][0]
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    given = {entry["name"]: entry["value"] for entry in container["env"] if "value" in entry}
    secret = documents["Secret"]
    files = {given[f"{PREFIX}{name}_FILE"] for name in ("TOKEN", "HEADERS")}
    assert files == {f"{mounts['comfycontrol']}/{key}" for key in secret["stringData"]}
    assert pod["spec"]["volumes"][0]["secret"]["secretName"] == secret["metadata"]["name"]
    assert documents["StatefulSet"]["spec"]["selector"]["matchLabels"] == pod["metadata"]["labels"]
    assert "lifecycle" not in container
    return given


def of_runpod() -> dict[str, Any]:
    document = json.loads(recipe("RunPod", "json"))
    # The proxy's address is found only for a port that is exposed.
    assert document["ports"] == ["18188/http"]
    return dict(document["env"])


def of_vast() -> dict[str, Any]:
    words = shlex.split(recipe("Vast.ai", "text"))
    return dict(word.split("=", 1) for flag, word in pairwise(words) if flag == "-e")


def of_systemd() -> dict[str, Any]:
    lines = recipe("systemd", "ini").splitlines()
    given = dict(line.removeprefix("Environment=").split("=", 1) for line in lines if line.startswith("Environment="))
    credentials = [line.split("=", 1)[1].split(":")[0] for line in lines if line.startswith("LoadCredential=")]
    assert given[f"{PREFIX}TOKEN_FILE"] == f"%d/{credentials[0]}"
    return given


RECIPES = {
    "Docker Compose": of_compose,
    "Kubernetes": of_kubernetes,
    "RunPod": of_runpod,
    "Vast.ai": of_vast,
    "systemd": of_systemd,
}


def ours(heading: str, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in {**given, **ELSEWHERE.get(heading, {})}.items():
        assert isinstance(value, str), f"{name} is no text: YAML takes an unquoted on for true"
        if name.startswith(PREFIX):
            for place, filled_in in FILLED_IN.items():
                value = value.replace(place, filled_in)  # noqa: PLW2901
            yield name, value


@pytest.mark.parametrize("heading", RECIPES)
def test_a_recipe_registers_the_instance_as_it_stands(heading: str) -> None:
    configuration, mistakes = read_configuration(dict(ours(heading, RECIPES[heading]())))
    assert mistakes == []
    assert configuration.REGISTER == "on"
    assert configuration.has_token


def test_a_recipe_with_a_wrong_variable_would_be_noticed() -> None:
    given = {**of_compose(), "COMFYCONTROL_TAGS": "auto, $(TAG)"}
    _, mistakes = read_configuration(dict(ours("Docker Compose", given)))
    assert [mistake.variable for mistake in mistakes] == ["COMFYCONTROL_TAGS"]


def test_every_variable_that_the_documents_name_exists() -> None:
    known = {f"{PREFIX}{name}" for name in Configuration.model_fields}
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        named = set(re.findall(rf"\b{PREFIX}[A-Z_]+\b", page.read_text(encoding="utf-8")))
        # What a platform makes of a service of our name is named, too.
        assert {name for name in named if not is_of_platform(name.removeprefix(PREFIX), {})} <= known, page.name


def test_the_provisioning_script_is_one_that_a_shell_understands() -> None:
    subprocess.run(["sh", "-n"], input=recipe("Vast.ai", "sh"), text=True, check=True)  # noqa: S607


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    script = ROOT / "scripts" / "variables_table.py"
    return subprocess.run(  # noqa: S603 - our own script
        [sys.executable, str(script), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_table_is_not_stale() -> None:
    result = run("--check")
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_stale_table_is_noticed_and_written_anew(tmp_path: Path) -> None:
    page = tmp_path / "unattended.md"
    stale_page = PAGE.read_text(encoding="utf-8").replace("| `COMFYCONTROL_NAME`", "| `COMFYCONTROL_NAMES`")
    page.write_text(stale_page, encoding="utf-8")
    stale = run("--check", "--page", str(page))
    assert stale.returncode == 1
    assert "python scripts/variables_table.py" in stale.stdout
    assert run("--page", str(page)).returncode == 0
    assert page.read_bytes() == PAGE.read_bytes()
