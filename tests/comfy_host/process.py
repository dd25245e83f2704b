"""Starts a host with one pack in it."""

import contextlib
import json
import os
import random
import re
import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path

from comfy_host.mount import mount_pack
from comfy_host.running import HostProcess, Launch, new_folder

__all__ = ["HostOptions", "HostProcess", "free_port", "mount_pack", "start_real_comfyui", "start_small_host"]

TESTS = Path(__file__).parent.parent
# Linux takes those of outgoing connections from 32768 upwards, Windows and macOS from 49152.
# Fleets have those above 26000.
_PORTS = range(20_000, 26_000)
_given: set[int] = set()


@dataclass
class HostOptions:
    pack: Path
    user_directory: Path
    frontend: Path | None = None
    # On top of this process's own environment.
    environment: dict[str, str] = field(default_factory=dict)
    # The folder's name in custom_nodes: a person's choice, not the pack's.
    pack_name: str = "comfycontrol"
    port: int = 0
    multi_user: bool = False
    disable_api_nodes: bool = False
    enable_cors_header: str | None = None
    tls_certfile: Path | None = None
    tls_keyfile: Path | None = None
    # Whether the small host can be made as new while it runs.
    fresh_start: bool = False
    # Further arguments, in that kind of host's own language.
    extra: list[str] = field(default_factory=list)

    def common_arguments(self, port: int) -> list[str]:
        """Those that both kinds of host spell alike."""
        self.user_directory.mkdir(parents=True, exist_ok=True)
        chosen = ["--listen", "127.0.0.1", "--port", str(port), "--user-directory", str(self.user_directory.absolute())]
        chosen += ["--multi-user"] if self.multi_user else []
        chosen += ["--disable-api-nodes"] if self.disable_api_nodes else []
        chosen += ["--enable-cors-header", self.enable_cors_header] if self.enable_cors_header else []
        chosen += ["--tls-certfile", str(self.tls_certfile)] if self.tls_certfile else []
        chosen += ["--tls-keyfile", str(self.tls_keyfile)] if self.tls_keyfile else []
        return [*chosen, *self.extra]

    def full_environment(self) -> dict[str, str]:
        # The log is read while it is written, and searched: no buffer, one encoding.
        return {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8", **self.environment}


def start_small_host(options: HostOptions) -> HostProcess:
    folder = new_folder()
    mount_pack(options.pack, folder / "custom_nodes", options.pack_name)
    # Chosen here rather than by the host, so that a restart gets the same one.
    command = [sys.executable, "-m", "comfy_host", *options.common_arguments(options.port or free_port())]
    command += ["--custom-nodes", str(folder / "custom_nodes")]
    command += ["--frontend", str(options.frontend.absolute())] if options.frontend else []
    command += ["--fresh-start"] if options.fresh_start else []
    return HostProcess(Launch(command, TESTS, options.full_environment(), _announced_url), folder)


def start_real_comfyui(comfyui_dir: Path, python: Path, options: HostOptions) -> HostProcess:
    """The checkout itself is not written to: everything ComfyUI keeps is in a base directory made for this host."""
    folder = new_folder()
    mount_pack(options.pack, folder / "custom_nodes", options.pack_name)
    command = [
        str(python),
        str(comfyui_dir / "main.py"),
        "--cpu",
        *options.common_arguments(options.port or free_port()),
    ]
    command += ["--base-directory", str(folder), "--database-url", "sqlite:///:memory:", "--disable-auto-launch"]
    command += ["--front-end-root", str(options.frontend.absolute())] if options.frontend else []
    # Byte code of the checkout would be written into it.
    environment = {"PYTHONDONTWRITEBYTECODE": "1", **options.full_environment()}
    return HostProcess(Launch(command, folder, environment, _greeting_url), folder)


def free_port() -> int:
    """One that nobody is given while nobody listens on it: systems take those of outgoing connections from above these.

    Raises:
        RuntimeError: none was found.

    """
    for port in random.sample(_PORTS, len(_PORTS)):
        if port not in _given:
            with contextlib.suppress(OSError), socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
                _given.add(port)
                return port
    raise RuntimeError("every port is taken")


def _announced_url(log: str) -> str | None:
    for line in log.splitlines():
        if line.startswith('{"url":') and line.endswith("}"):
            return str(json.loads(line)["url"])
    return None


def _greeting_url(log: str) -> str | None:
    # Printed after the socket listens, not before.
    found = re.search(r"To see the GUI go to: (\S+)\s", log)
    return found.group(1) if found else None
