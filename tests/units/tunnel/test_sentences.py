"""What a person reads of a tunnel: every state and every fault has its words, and each trouble a next step."""

import ast
from pathlib import Path
from typing import get_args

import pytest
from units.locale_files import english

from comfycontrol_pack.comfycontrol.texts import LANGUAGES
from comfycontrol_pack.comfycontrol.tunnel import states
from comfycontrol_pack.comfycontrol.tunnel.agents import AGENT_NAMES, AGENTS
from comfycontrol_pack.comfycontrol.tunnel.states import State, TunnelStatus

TEXTS = english()["tunnel"]
ROOM = Path(__file__).parents[3] / "comfycontrol" / "tunnel"
# Nothing has to be done about these.
WELL = {"off", "starting", "connecting", "waiting", "checking", "open"}


def codes_in_code() -> set[str]:
    found = set()
    for file in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="ascii"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return found


def test_every_state_and_every_fault_has_its_words() -> None:
    progress = {state for state in get_args(State) if state not in {"not_connected", "failed"}}
    assert progress <= TEXTS.keys()
    signs = {sign.code for agent in AGENTS.values() for sign in agent.signs}
    assert signs | states._WAITS.keys() <= TEXTS.keys()
    assert TEXTS.keys() <= codes_in_code()


def test_every_trouble_says_what_to_do_and_all_that_is_well_only_what_is_so() -> None:
    assert {code for code, text in TEXTS.items() if not text["next_step"]} == WELL
    assert all(text["message"].endswith(".") for text in TEXTS.values())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", TEXTS)
def test_the_words_name_the_agent_in_every_language(code: str, language: str) -> None:
    for agent in AGENT_NAMES:
        content = TunnelStatus("failed", code, agent).content_in(language)
        assert content["message"]
        assert "{" not in "".join(content.values())


def test_what_is_in_the_guarded_ports_way_is_told_in_its_own_words() -> None:
    status = TunnelStatus("failed", "guarded_port_taken", "cloudflared", values={"port": 9000})
    assert "using port 9000" in status.message
    assert status.next_step
    assert TunnelStatus("failed", "no such code").content_in("fr") == {"message": "", "next_step": ""}
