"""Writes docs/states.md from the table of states (comfycontrol/runners/state.py) and their English sentences.

python scripts/state_page.py            writes it
python scripts/state_page.py --check    exits with 1 when it is stale
"""

from __future__ import annotations

import itertools
import sys
import textwrap
from pathlib import Path
from typing import get_args

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT))

from written_pages import write_or_check  # noqa: E402 - the path comes first

from comfycontrol.errors import AnswerLostError, MachineError, RefusedByServiceError, WrongStateError  # noqa: E402 - the path comes first
from comfycontrol.models.runner import Account, Runner  # noqa: E402 - the path comes first
from comfycontrol.runners.state import PUBLIC_STATES, Action, Machine, State, instance_state  # noqa: E402 - the path comes first
from comfycontrol.storage.remembered import Remembered  # noqa: E402 - the path comes first
from comfycontrol.texts import sentence  # noqa: E402 - the path comes first

PAGE = ROOT / "docs" / "states.md"

HEAD = """<!-- Written by scripts/state_page.py; change that, comfycontrol/runners/state.py or locales/en instead. -->

# States

*Settings*, *ComfyControl* shows the state of this ComfyUI. The first button is the recommended next step. This page
lists every state: what it means, what to do and which buttons it offers. The panel itself speaks your language.

If several states apply, the panel shows the one you need to fix first. It updates when you open it, when you return to
the tab, and when something changes in another tab. While nobody has it open, it sends no requests.
"""
# More than the panel says, which has room for a sentence or two.
MEANINGS: dict[str, str] = {
    "not_connected": "Nobody has entered an API token yet, or the instance was disconnected. If a token was stored but"
    " the setting that held it is gone, you can also press *Disconnect*: it deletes everything else that is stored.",
    "token_rejected": "Tokens can expire, and can be revoked in the dashboard. Enter a new token of the same account:"
    " the runner stays the same. A token of another account is refused. To switch to that account, disconnect first.",
    "token_unreadable": "The token is stored encrypted, and its key is in ComfyUI's `user` folder. The two no longer"
    " match: the folder `__comfycontrol` was deleted, the settings came from another machine, or the setting was"
    " replaced.",
    "not_registered": "The token is valid, but this ComfyUI is not registered at ComfyControl yet. Register it, or take"
    " over a runner that is already in your account.",
    "registered": "This ComfyUI is registered at ComfyControl as a runner. Below that, the panel shows what is known"
    " about its address: that this machine reached itself there, or, in amber, what responds there instead. See *The"
    " address check* in [troubleshooting](troubleshooting.md).",
    "disabled": "You, or someone in the dashboard, disabled the runner. All its settings are kept.",
    "not_reachable": "Only this computer or its own network can open the runner's address, such as `127.0.0.1` or"
    " `192.168.1.5`, but ComfyControl connects from the internet. A tunnel gives a computer at home a public address;"
    " the form can open one. If this machine already has a public address, *Update the address* is offered.",
    "address_changed": "The address changes when a tunnel restarts or a rented machine moves. *Update the address*"
    " sends the new one to ComfyControl. Name, tags and headers stay the same.",
    "runner_gone": "Runners can be removed in the ComfyControl dashboard, and this one was. The token is still valid.",
    "another_instance": "This usually means that a machine was cloned together with its `user` folder, so both believe"
    " they are the same runner. *Register as a new runner* makes this one a separate runner and leaves the other"
    " unchanged. If the other machine no longer exists, press *Update the address* (if offered) to make this one the"
    " runner again.",
    "service_unreachable": "The runner itself may be fine: this machine just cannot ask. The panel shows how long ago"
    " ComfyControl last confirmed the state, and keeps retrying at growing intervals. You can still disconnect.",
    "rate_limited": "ComfyControl accepts 40 requests in 10 seconds from one network, shared by all instances behind"
    " the same router. The panel shows when it tries again.",
    "needs_attention": "Something else is wrong: the panel says what, and [troubleshooting](troubleshooting.md) has an"
    " entry for each code.",
}
STRANGERS = (
    "If no token of the account has been entered in a browser, it shows one of {states} and nothing else: no name,"
    " address or account. The only button is *{enter}*."
)


def page() -> str:
    """The whole page."""
    offered = _offered()
    parts = [_section(state, offered[state]) for state in get_args(State)]
    public = ", ".join(f"*{_label(state)}*" for state in get_args(State) if _is_public(state))
    strangers = _wrapped(STRANGERS.format(states=public, enter=_action("enter_token")))
    return f"{HEAD}{''.join(parts)}\n## In other browsers\n\n{strangers}\n"


def _section(state: str, offered: list[tuple[Action, ...]]) -> str:
    told = " ".join(sentence("states", state, field) for field in ("message", "next_step")).strip()
    always = [action for action in offered[0] if all(action in actions for actions in offered)]
    seen = dict.fromkeys(action for actions in offered for action in actions)
    sometimes = [action for action in seen if action not in always]
    buttons = f"Buttons: {_named(always)}" if always else "Buttons, depending on the cause"
    cases = f"; sometimes also {_named(sometimes)}" if always else f": {_named(sometimes)}"
    paragraphs = (f"`{state}`. {told}".strip(), MEANINGS[state], f"{buttons}{cases if sometimes else ''}.")
    return f"\n## {_label(state)}\n" + "".join(f"\n{_wrapped(paragraph)}\n" for paragraph in paragraphs)


def _named(actions: list[Action]) -> str:
    return ", ".join(f"*{_action(action)}*" for action in actions)


def _wrapped(paragraph: str) -> str:
    return textwrap.fill(paragraph, width=120, break_long_words=False, break_on_hyphens=False)


def _is_public(state: str) -> bool:
    return state in PUBLIC_STATES or state == "needs_attention"


def _label(state: str) -> str:
    return sentence("states", state, "label")


def _action(action: str) -> str:
    return sentence("panel", "actions", action).removesuffix("...")


def _offered() -> dict[str, list[tuple[Action, ...]]]:
    """What each state offers, in every situation that there can be."""
    runner = Runner(id="1", endpoint="https://here.example.com")
    at_home = Runner(id="1", endpoint="http://127.0.0.1:8188")
    statuses = ("active", "disabled", "asleep")
    runners = (
        None,
        *(one.model_copy(update={"status": status}) for one in (runner, at_home) for status in statuses),
    )
    remembered = [
        Remembered(account=account, runner=one, attention=attention)
        for account, one, attention in itertools.product(
            (None, Account(id="1")), runners, (None, "token_rejected", "runner_gone")
        )
        # Without an account there is neither.
        if account or not (one or attention)
    ]
    troubles = (
        None,
        RefusedByServiceError("rate_limited"),
        RefusedByServiceError("access_denied"),
        AnswerLostError("service_unreachable"),
    )
    own_troubles = (
        None,
        WrongStateError("token_unreadable"),
        WrongStateError("not_connected"),
        MachineError("storage_failed"),
    )
    machines = itertools.starmap(
        Machine,
        itertools.product(
            own_troubles, (None, "https://there.example.com"), (None, "proven", "refused", "other_instance")
        ),
    )
    found: dict[str, list[tuple[Action, ...]]] = {}
    for situation in itertools.product(remembered, troubles, machines):
        judged = instance_state(*situation)
        found.setdefault(judged.state, []).append(judged.actions)
    return found


def main() -> int:
    """Write or check the page; 1 when it is stale."""
    return write_or_check("Writes docs/states.md.", PAGE, lambda file: {file: page()})


if __name__ == "__main__":
    sys.exit(main())
