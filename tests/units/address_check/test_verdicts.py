import ast
import re
from pathlib import Path

import pytest
from units.locale_files import english

from comfycontrol_pack.comfycontrol.address_check.verdicts import verdict
from comfycontrol_pack.comfycontrol.public_address.kinds import kind_of
from comfycontrol_pack.comfycontrol.public_address.platforms import PLATFORMS
from comfycontrol_pack.comfycontrol.public_address.surroundings import Surroundings
from comfycontrol_pack.comfycontrol.runners.tags import PLATFORM_TAGS, suggest_tags
from comfycontrol_pack.comfycontrol.texts import placeholders

VERDICTS: dict[str, dict[str, str]] = english()["verdicts"]
ROOT = Path(__file__).parents[3]
SOURCES = sorted((ROOT / "comfycontrol" / "address_check").glob("*.py"))
GUIDE = ROOT / "docs" / "troubleshooting.md"


@pytest.mark.parametrize("code", VERDICTS)
def test_a_verdict_says_what_stands_there_and_what_to_do(code: str) -> None:
    found = verdict(code, address="https://example.com", port=8188, to="https://example.com")
    for sentence in (found.message, found.next_step):
        assert sentence.isascii()
        assert sentence[0].isupper()
        assert sentence.endswith(".")
        assert "{" not in sentence


def test_no_sentence_asks_for_a_value_that_is_not_given() -> None:
    names = {name for text in VERDICTS.values() for part in text.values() for name in placeholders(part)}
    assert names == {"address", "port", "to"}


def test_what_kind_of_address_it_is_says_more_than_that_it_is_not_public() -> None:
    (kind, *_) = kind_of("http://192.168.1.2:8188", 8188).kinds
    assert "same network" in verdict("not_public", kind=kind).message


def test_that_comfycontrol_may_still_reach_it_is_said_only_of_what_only_this_network_can_have_caused() -> None:
    told = {code for code, text in VERDICTS.items() if "may still be able to reach it" in text["next_step"]}
    assert told < {code for code in VERDICTS if verdict(code).may_still_work}
    for code in ("proven", "only_here", "not_public", "not_an_address", "other_instance", "other_server"):
        assert not verdict(code).may_still_work


def test_proven_alone_says_that_it_leads_here() -> None:
    assert [code for code, text in VERDICTS.items() if "leads to this ComfyUI" in text["message"]] == ["proven"]


def test_every_verdict_can_be_given_and_every_one_given_is_in_the_table() -> None:
    written, given = set(), set()
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), str(file))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                written.add(node.value)
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"verdict", "NoAnswerError"}:
                given |= {
                    part.value
                    for part in ast.walk(node.args[0])
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                }
    assert VERDICTS.keys() - written == set()
    assert given <= VERDICTS.keys()


def test_the_guide_names_every_verdict_and_no_other() -> None:
    section = GUIDE.read_text(encoding="utf-8").partition("## The address check\n")[2].partition("\n## ")[0]
    named = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    assert sorted(named) == sorted(VERDICTS)


def test_tags_are_those_of_platforms() -> None:
    assert PLATFORM_TAGS.keys() <= {row.name for row in PLATFORMS if row.group == "platform"}


@pytest.mark.parametrize(
    ("environment", "page", "tags"),
    [
        ({"RUNPOD_POD_ID": "abc"}, None, ["runpod"]),
        # The browser's address is the same one, and hides whose it is.
        ({"RUNPOD_POD_ID": "abc"}, "https://abc-8188.proxy.runpod.net/", ["runpod"]),
        ({"RUNPOD_POD_ID": "a", "RUNPOD_PUBLIC_IP": "8.8.8.8", "RUNPOD_TCP_PORT_8188": "40000"}, None, ["runpod"]),
        ({"PUBLIC_IPADDR": "8.8.8.8", "VAST_TCP_PORT_8188": "40000"}, None, ["vast-ai"]),
        ({"COLAB_RELEASE_TAG": "x"}, None, ["colab"]),
        ({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, None, []),
        ({}, "https://comfy.example.com/", []),
    ],
)
def test_a_platform_that_is_recognised_is_a_tag(environment: dict[str, str], page: str | None, tags: list[str]) -> None:
    assert suggest_tags(None, "", Surroundings(environment=environment, port=8188, page_url=page)) == tags
