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

*Settings*, *ComfyControl* shows how this ComfyUI stands, and first among the buttons the one right next step. This page
has every state: what it means, what to do, and what the buttons offer. The words in the panel are in your language.

Where several states would fit, the panel shows the one that has to be put right first. It looks again when you open it,
when you come back to the tab, and when something has changed in another tab; while nobody looks, it asks nobody.
"""
# More than the panel says, which has room for a sentence or two.
MEANINGS: dict[str, str] = {
    "not_connected": "Nobody has entered an API token yet, or the instance was disconnected. Where a token was stored"
    " and the setting with it is gone, *Disconnect* is offered too: it forgets the rest.",
    "token_rejected": "Tokens can expire and can be revoked in the dashboard. A new token of the same account is all it"
    " takes: the runner stays the same. A token of another account is refused; disconnect first if you want to change"
    " to that one.",
    "token_unreadable": "The token is stored encrypted, and its key is in ComfyUI's `user` folder. The two no longer"
    " fit: the folder `__comfycontrol` was deleted, the settings came from another machine, or somebody replaced the"
    " setting.",
    "not_registered": "The token is good; ComfyControl only does not know this ComfyUI yet. Register it, or let it take"
    " the place of a runner that the account has already.",
    "registered": "ComfyControl has this ComfyUI as a runner. Below it stands what is known of the way here: that this"
    " machine reached itself at the runner's address, or what answers there instead, in amber: see *The address check*"
    " in [troubleshooting](troubleshooting.md).",
    "disabled": "You, or somebody in the dashboard, took the runner out of service. Everything is kept as it is.",
    "not_reachable": "The runner's address is one that only this computer or its own network can open, such as"
    " `127.0.0.1` or `192.168.1.5`. ComfyControl calls from the internet. A tunnel gives a computer at home an address"
    " there; the form has the command. Where this machine has such an address by now, *Update the address* is offered.",
    "address_changed": "A tunnel that was started again, or a rented machine that was moved, has a new address."
    " *Update the address* tells ComfyControl; name, tags and headers stay.",
    "runner_gone": "Runners can be removed in ComfyControl's dashboard, and this one was. The token is still good.",
    "another_instance": "Mostly a machine that was cloned with its `user` folder: both then believe to be the same"
    " runner. *Register as a new runner* makes this one a runner of its own and leaves the other alone. If the other"
    " machine no longer exists, *Update the address* (where it is offered) makes this one the runner again.",
    "service_unreachable": "The runner itself may be fine: only this machine cannot ask. The panel tells how long ago"
    " ComfyControl last confirmed what it shows, and tries again by itself, slower each time. You can disconnect all"
    " the same.",
    "rate_limited": "ComfyControl takes 40 requests in 10 seconds from one network; all instances behind one router"
    " share them. The panel says when it asks again.",
    "needs_attention": "Something that is none of the above: the sentence beside it names it, and"
    " [troubleshooting](troubleshooting.md) has a heading for its code.",
}
STRANGERS = (
    "Whoever has not entered a token of the account in this browser sees one of {states} and nothing else: no name, no"
    " address, no account. The only button is *{enter}*."
)


def page() -> str:
    """The whole page."""
    offered = _offered()
    parts = [_section(state, offered[state]) for state in get_args(State)]
    public = ", ".join(f"*{_label(state)}*" for state in get_args(State) if _is_public(state))
    strangers = _wrapped(STRANGERS.format(states=public, enter=_action("enter_token")))
    return f"{HEAD}{''.join(parts)}\n## In a browser that is no owner\n\n{strangers}\n"


def _section(state: str, offered: list[tuple[Action, ...]]) -> str:
    told = " ".join(sentence("states", state, field) for field in ("message", "next_step")).strip()
    always = [action for action in offered[0] if all(action in actions for actions in offered)]
    seen = dict.fromkeys(action for actions in offered for action in actions)
    sometimes = [action for action in seen if action not in always]
    buttons = f"Offers: {_named(always)}" if always else "Offers what helps"
    cases = f"; in some cases also {_named(sometimes)}" if always else f", of {_named(sometimes)}"
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
