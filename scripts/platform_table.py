"""Writes docs/platforms.md from the table in comfycontrol/public_address/platforms.py.

python scripts/platform_table.py            writes it
python scripts/platform_table.py --check    exits with 1 when it is stale
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from written_pages import write_or_check  # noqa: E402 - the path comes first

from comfycontrol.public_address.platforms import PLATFORMS  # noqa: E402 - the path comes first
from comfycontrol.public_address.suggestion import source_in  # noqa: E402 - the path comes first
from comfycontrol.texts import ENGLISH  # noqa: E402 - the path comes first

if TYPE_CHECKING:
    from collections.abc import Iterable

    from comfycontrol.public_address.surroundings import Platform

PAGE = ROOT / "docs" / "platforms.md"

HEAD = """<!-- Written by scripts/platform_table.py; change comfycontrol/public_address instead. -->

# Where ComfyUI runs, and the address it gets

A runner needs an address at which ComfyControl can reach this ComfyUI from the internet. The form suggests addresses,
best first, and says where each comes from. You decide: nothing that you typed is ever replaced.

In the addresses, `{port}` is the port that ComfyUI really listens on. Suggestions come in this order: what was
configured, what was saved last, your browser's own address if it is public, the platform, a tunnel on this machine,
forwarded headers, and last your browser's address if only your own network can reach it.
"""

SECTIONS = (
    (
        "Configuration and browser",
        "Set `COMFYCONTROL_ENDPOINT` where nobody clicks, or where nothing below fits.",
        ("configured", "browser"),
    ),
    (
        "Platforms",
        "Recognised by their environment variables.",
        ("platform",),
    ),
    (
        "Tunnels on the same machine",
        "Their agents are asked on 127.0.0.1 only. One in another container is not found: enter its address yourself.",
        ("tunnel",),
    ),
    (
        "Reverse proxies",
        "A proxy of your own that sets these headers is found by them.",
        ("forwarded",),
    ),
)
TAIL = """
## At home, without any of these

ComfyUI on a machine at home has only a private address (192.168.x, 10.x, 172.16.x to 172.31.x), which ComfyControl
cannot reach. Start a tunnel on the same machine, for example `cloudflared tunnel --url http://localhost:{port}`, and
open the form again. ComfyUI itself has no login: whoever knows the address can use it, unless the tunnel or a proxy
asks for a header.
"""


def table() -> str:
    """The whole page."""
    sections = "".join(f"\n## {title}\n\n{text}\n\n{_rows(groups)}" for title, text, groups in SECTIONS)
    return f"{HEAD}{sections}{TAIL}"


def _rows(groups: tuple[str, ...]) -> str:
    rows = [row for row in PLATFORMS if row.group in groups]
    with_address = [row for row in rows if row.address != "none"]
    without = [row for row in rows if row.address == "none"]
    text = _markdown(
        ("Where", "Recognised by", "Address suggested", "Sure", "What to know"),
        (_cells(row, row.address, row.certainty) for row in with_address),
    )
    if without:
        text += "\nThese have no address that could be suggested:\n\n"
        text += _markdown(("Where", "Recognised by", "What to do"), (_cells(row) for row in without))
    return text


def _cells(row: Platform, *middle: str) -> tuple[str, ...]:
    remarks = (row.note.sentence_in(ENGLISH) if row.note else "", row.remark)
    return (source_in(ENGLISH, row.name), row.signal, *middle, " ".join(remark for remark in remarks if remark))


def _markdown(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def main() -> int:
    """Write or check the page; 1 when it is stale."""
    return write_or_check("Writes docs/platforms.md.", PAGE, lambda page: {page: table()})


if __name__ == "__main__":
    sys.exit(main())
