"""The tunnel agents that can be used: what each is called, how it is started, and where it tells its address. Pure.

Their own configuration never decides where a tunnel leads, and nothing of a request gets into their arguments.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from ..public_address.quick_tunnel import DOWNLOADS, quick_tunnel
from .readings import Answers, Reading, read_cloudflared, read_ngrok, read_tailscale

AgentName = Literal["cloudflared", "tailscale", "ngrok"]
AGENT_NAMES: tuple[AgentName, ...] = get_args(AgentName)

# What an agent needs to know of its user, their network and their system; nothing else of the environment is handed on,
# so neither TUNNEL_*, which cloudflared takes for its options, nor anybody's secrets.
_HANDED_ON = frozenset(
    {
        *("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"),
        *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"),
        *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "TEMP", "TMP", "USERPROFILE", "USERNAME"),
        *("APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "PROGRAMFILES", "PROGRAMFILES(X86)", "HOMEDRIVE", "HOMEPATH"),
    }
)
_OFFLINE = re.compile(
    r"no such host|network is (?:unreachable|down)|no route to host|temporary failure in name resolution"
    r"|server misbehaving|i/o timeout|connection refused|context deadline exceeded|failed to dial",
    re.IGNORECASE,
)


class Launch(NamedTuple):
    """What an agent is started for.

    Args:
        target: where the tunnel ends, such as `http://127.0.0.1:18188`.
        interface: a free port of this machine for the agent's own local interface.
        empty_file: a configuration file with nothing in it.

    """

    target: str
    interface: int
    empty_file: Path


class Sign(NamedTuple):
    """What an agent's output tells of why it ended: words in it, and the code in the section `tunnel`."""

    pattern: re.Pattern[str]
    code: str


class Agent(NamedTuple):
    """One agent.

    Args:
        name: also its executable's, without what Windows puts behind it.
        arguments: how it is started.
        read: what its answers say; takes the target as well.
        paths: what is asked of its local interface.
        ports: where that may be; none stands for the one it was given.
        status: the arguments with which the program itself tells the same, where there is no such interface.
        version: the arguments that have it tell its version, and words that are in the answer.
        pause: seconds before a new name is looked up: name services keep the answer that there is none for half an
            hour.
        own_variables: what else it gets of the environment.
        signs: what its last words mean, the first that fits.

    """

    name: AgentName
    arguments: Callable[[Launch], list[str]]
    read: Callable[[str, Answers], Reading]
    paths: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    status: tuple[str, ...] = ()
    version: tuple[tuple[str, ...], str] = ((), "")
    pause: float = 5.0
    own_variables: frozenset[str] = frozenset()
    signs: tuple[Sign, ...] = ()

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Give what the agent gets of this process's environment."""
        known = _HANDED_ON | self.own_variables
        return {name: value for name, value in variables.items() if name.upper() in known}

    def code_of(self, lines: list[str]) -> str:
        """Say by its last lines why it ended."""
        text = "\n".join(lines)
        return next((sign.code for sign in self.signs if sign.pattern.search(text)), "agent_ended")


def _cloudflared(launch: Launch) -> list[str]:
    """Source: cloudflare/cloudflared, cmd/cloudflared/tunnel/cmd.go.

    An ingress in the person's own file would win over `--url`, so it gets an empty one.
    """
    return [
        *("tunnel", "--config", str(launch.empty_file), "--url", launch.target),
        *("--metrics", f"127.0.0.1:{launch.interface}", "--no-autoupdate", "--grace-period", "2s"),
    ]


AGENTS: Mapping[AgentName, Agent] = {
    "cloudflared": Agent(
        name="cloudflared",
        arguments=_cloudflared,
        read=read_cloudflared,
        paths=("/quicktunnel", "/config", "/ready"),
        version=(("--version",), "cloudflared version"),
        pause=10.0,
        signs=(
            # Source: cloudflare/cloudflared, cmd/cloudflared/tunnel/quick_tunnel.go: the status that it logs.
            Sign(re.compile(r"429 Too Many Requests|error code: 1015", re.IGNORECASE), "agent_refused"),
            Sign(_OFFLINE, "agent_offline"),
        ),
    ),
    # Source: tailscale.com/docs/reference/tailscale-cli/funnel. In the foreground, it takes back what it set when it
    # ends.
    "tailscale": Agent(
        name="tailscale",
        arguments=lambda launch: ["funnel", launch.target],
        read=read_tailscale,
        status=("funnel", "status", "--json"),
        version=(("version",), "tailscale commit"),
        signs=(
            Sign(
                re.compile(r"logged out|NeedsLogin|not (?:enabled|available)|access denied|tailscaled"), "agent_setup"
            ),
            Sign(_OFFLINE, "agent_offline"),
        ),
    ),
    # Sources: ngrok.com/docs/agent/cli, ngrok http; ngrok.com/docs/agent/api; ngrok.com/docs/errors. Its account is in
    # the person's own configuration file, of which `http` starts no tunnel.
    "ngrok": Agent(
        name="ngrok",
        arguments=lambda launch: ["http", launch.target, "--log", "stdout", "--log-format", "logfmt"],
        read=read_ngrok,
        paths=("/api/tunnels",),
        ports=(4040, 4041, 4042, 4043, 4044),
        version=(("version",), "ngrok version"),
        pause=2.0,
        own_variables=frozenset({"NGROK_AUTHTOKEN"}),
        signs=(
            Sign(re.compile(r"ERR_NGROK_(?:4018|10[57-9]|120|121|3200|334)\b|authtoken"), "agent_setup"),
            Sign(re.compile(r"ERR_NGROK_(?:2\d\d|7\d\d)\b|429"), "agent_refused"),
            Sign(_OFFLINE, "agent_offline"),
        ),
    ),
}

_TAILSCALE = "https://tailscale.com/download"
_NGROK = "https://ngrok.com/download"
# Sources: the pages above; winget's and Homebrew's own lists.
_INSTALL: Mapping[AgentName, Mapping[str, str]] = {
    "tailscale": {
        "Windows": "winget install --id Tailscale.Tailscale",
        "Darwin": "brew install tailscale",
        "Linux": "curl -fsSL https://tailscale.com/install.sh | sh",
    },
    "ngrok": {
        "Windows": "winget install --id Ngrok.Ngrok",
        "Darwin": "brew install ngrok",
        "Linux": "sudo snap install ngrok",
    },
}


class Install(NamedTuple):
    """How a person gets an agent: the command, None where there is no one command for their system, and the page."""

    command: str | None
    page: str


def install_of(agent: AgentName, system: str, machine: str) -> Install:
    """Say how to install an agent.

    Args:
        agent: which one.
        system: as `platform.system` gives it.
        machine: as `platform.machine` gives it.

    """
    if agent == "cloudflared":
        return Install(quick_tunnel(0, system, machine).install, DOWNLOADS)
    return Install(_INSTALL[agent].get(system), _TAILSCALE if agent == "tailscale" else _NGROK)
