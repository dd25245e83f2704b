"""The way to a public address for who has none: the commands that install cloudflared and open a quick tunnel."""

from typing import NamedTuple

# Source: developers.cloudflare.com/cloudflare-one, "Downloads" of cloudflared.
DOWNLOADS = "https://developers.cloudflare.com/cloudflare-one/networks/connectors/cloudflare-tunnel/downloads/"
_LINUX_BINARY = "https://github.com/cloudflare/cloudflared/releases/latest/download/cloudflared-linux-"
_PLACE = "/usr/local/bin/cloudflared"
# What `platform.machine` says, and what the files are called by.
_LINUX_NAMES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm"}
_INSTALL = {"Windows": "winget install --id Cloudflare.cloudflared", "Darwin": "brew install cloudflared"}


class QuickTunnel(NamedTuple):
    """The commands: `run` opens the tunnel, `install` is None where there is no one command for this system."""

    run: str
    install: str | None
    downloads: str = DOWNLOADS


def quick_tunnel(port: int, system: str, machine: str, *, tls: bool = False) -> QuickTunnel:
    """Give the commands for this very ComfyUI.

    Args:
        port: the one ComfyUI listens on.
        system: as `platform.system` gives it.
        machine: as `platform.machine` gives it.
        tls: whether ComfyUI speaks TLS; its certificate is made for another name than localhost.

    """
    run = f"cloudflared tunnel --url http{'s' if tls else ''}://localhost:{port}{' --no-tls-verify' if tls else ''}"
    return QuickTunnel(run, _linux_command(machine) if system == "Linux" else _INSTALL.get(system))


def _linux_command(machine: str) -> str | None:
    name = _LINUX_NAMES.get(machine)
    return f"sudo curl -L -o {_PLACE} {_LINUX_BINARY}{name} && sudo chmod +x {_PLACE}" if name else None
