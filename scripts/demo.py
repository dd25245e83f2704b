"""Try the extension by hand: ComfyUI's page with the extension in it, and a stand-in for ComfyControl. Ctrl-C ends it.

Needs Python 3.10 or newer and nothing else; what is missing is set up in .venv on the first run. With COMFYUI_DIR the
extension runs in that real ComfyUI (COMFYUI_PYTHON is its interpreter), else in a small host that serves the real page.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import workshop
from workshop import ROOT, TESTS, SetUpError, Workshop

if TYPE_CHECKING:
    from comfy_host.process import HostProcess
    from service_double import ServiceDouble

# Always the same, because what is remembered hangs on them: the page keeps its owner key per address, the sealed token
# belongs to one address of the service. Not ComfyUI's own 8188, which may be in use.
PORT = 8189
SERVICE_PORT = 8190
SMALL_INTERNET = TESTS / "browser" / "small_internet"
TOKEN = "cfc_ThisIsTheTokenOfTheDemo"  # noqa: S105 - only the stand-in takes it

# Leads to the ComfyUI of the demo, for itself and for the stand-in: neither calls another machine by it.
NAME = "workstation.example.com"
# Of a name that no machine has.
SMOKE_NAME = "comfy.example.com"

STEPS = f"""
  1. Open ComfyUI, then Settings -> ComfyControl; paste the token and press Save.
  2. Press "Register this instance...", look at what is filled in, and press Register.
  3. See the runner on ComfyControl's page, and each workflow that ComfyControl runs here with its picture.

  {NAME} leads to this ComfyUI, for the demo only; at any other address ComfyControl finds nobody, or this
  computer. Ctrl-C here ends both; the next start remembers the runner.
"""
# The smallest that makes a picture and leaves nothing behind.
WORKFLOW = {
    "1": {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": 0x2F5BD8}},
    "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
}


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, help=f"ComfyUI's port; {PORT} when not given")
    parser.add_argument("--frontend", metavar="VERSION", help="version of ComfyUI's page; else the newest we know")
    parser.add_argument("--headless-smoke", action="store_true", help="register once without a browser, then stop")
    return parser.parse_args(arguments)


def start_host(tools: Workshop, version: str | None, user_directory: Path, service: str, port: int) -> HostProcess:
    """Start the real ComfyUI where one is named, else the small host.

    Raises:
        SetUpError: it did not start.

    """
    from comfy_host.process import HostOptions, start_real_comfyui, start_small_host

    options = HostOptions(
        pack=ROOT,
        user_directory=user_directory,
        frontend=tools.frontend(version) if version else None,
        environment={
            "COMFYCONTROL_API_URL": service,
            "COMFYCONTROL_ENDPOINT": f"http://{NAME}",
            "PYTHONPATH": os.pathsep.join(filter(None, [str(SMALL_INTERNET), os.environ.get("PYTHONPATH")])),
            # A proxy of this machine must not come between the two.
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        },
        port=port,
    )
    comfyui = os.environ.get("COMFYUI_DIR")
    try:
        if not comfyui:
            return start_small_host(options)
        return start_real_comfyui(Path(comfyui), comfyui_python(Path(comfyui)), options)
    except RuntimeError as error:
        raise SetUpError(f"{error}\n\nComfyUI did not start; above is the last that it wrote.") from None


def comfyui_python(folder: Path) -> Path:
    """Give the interpreter of a ComfyUI: the one that is named, else one in the usual places.

    Raises:
        SetUpError: there is none.

    """
    named = os.environ.get("COMFYUI_PYTHON")
    usual = (
        folder / ".venv" / "bin" / "python",
        folder / "venv" / "bin" / "python",
        folder / ".venv" / "Scripts" / "python.exe",
        folder / "venv" / "Scripts" / "python.exe",
        folder.parent / "python_embeded" / "python.exe",
    )
    found = Path(named) if named else next((place for place in usual if place.exists()), None)
    if found is None:
        raise SetUpError(
            f"It is not clear which Python runs the ComfyUI in {folder}.\nName it in the variable COMFYUI_PYTHON."
        )
    return found


def chosen_port(wanted: int | None, usual: int) -> int:
    """Give a port that is free.

    Raises:
        SetUpError: the one that was asked for is not.

    """
    from comfy_host.process import free_port

    if _is_free(wanted or usual):
        return wanted or usual
    if wanted:
        raise SetUpError(f"Port {wanted} is in use. End what uses it, or choose another with --port.")
    other = free_port()
    print(f"Port {usual} is in use, so this is {other} today; what an earlier demo stored will not be found.")
    return other


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        if os.name == "posix":
            # Else the port of a demo that ended a minute ago would not count as free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@contextmanager
def service(folder: Path, port: int) -> Iterator[ServiceDouble]:
    """Run the stand-in for ComfyControl, with the runners it held when it last ended."""
    from service_double import Account, ServiceDouble

    account = Account("Demo account", "demo@example.com", "pro", 5, None, id="7b1f4c52-0d8e-4a53-9c8e-d3a1c0de0000")
    double = ServiceDouble(port=port)
    double.add_token(account, TOKEN)
    file = folder / "runners.json"
    if file.exists():
        double.restore_runners(json.loads(file.read_text(encoding="utf-8")))
    with double:
        try:
            yield double
        finally:
            file.write_text(json.dumps(double.runners()), encoding="utf-8")


def show(tools: Workshop, options: argparse.Namespace) -> int:
    """Run until Ctrl-C."""
    import smoke

    real = bool(os.environ.get("COMFYUI_DIR"))
    folder = tools.folder / "demo" / ("comfyui" if real else "small_host")
    folder.mkdir(parents=True, exist_ok=True)
    port = chosen_port(options.port, PORT)
    with service(folder, chosen_port(None, SERVICE_PORT)) as double:
        print("Starting ComfyUI ...", flush=True)
        with start_host(tools, options.frontend, folder / "user", double.url, port) as host:
            double.resolve[NAME] = host.url
            # Else the page greets with a dialog that covers everything.
            smoke.ask("POST", f"{host.url}/settings", {"Comfy.TutorialCompleted": True})
            print(
                f"\nComfyUI:       {host.url}\nComfyControl:  {double.url}\nAPI token:     {TOKEN}\n{STEPS}", flush=True
            )
            while host.running:
                time.sleep(0.2)
            print(f"{host.log[-2000:]}\nComfyUI ended by itself; above is the last that it wrote.", file=sys.stderr)
    return 1


def run_workflow(double: ServiceDouble, tags: Sequence[str]) -> dict[str, Any]:
    """Send a workflow to the stand-in; give it as it is once a runner has completed it.

    Raises:
        SetUpError: none did.

    """
    import requests

    with requests.Session() as session:
        session.trust_env = False
        session.post(
            f"{double.url}/v1/workflow",
            headers={"Authorization": f"Bearer {TOKEN}"},
            data={"name": "Smoke test", "tags": ",".join(tags)},
            files={"workflow_json": ("workflow.json", json.dumps(WORKFLOW), "application/json")},
            timeout=60,
        ).raise_for_status()
    try:
        return double.wait_for_workflow("completed", seconds=60)
    except TimeoutError as error:
        raise SetUpError(f"The runner did not run a workflow: {error}") from None


def smoke_test(tools: Workshop, options: argparse.Namespace) -> int:
    """Register once, have a workflow run, and print the runner."""
    import smoke

    with tempfile.TemporaryDirectory(prefix="comfycontrol_demo_") as folder, service(Path(folder), 0) as double:
        version = options.frontend
        with start_host(tools, version, Path(folder) / "user", double.url, options.port or 0) as host:
            runner: dict[str, Any] = smoke.register(host.url, double.url, TOKEN)
            double.resolve[SMOKE_NAME] = host.url
            workflow = run_workflow(double, runner["tags"])
            pictures = len(double.pictures(workflow["id"]))
    print(f"The runner completed a workflow; pictures: {pictures}")
    print(json.dumps(runner, indent=2))
    return 0


def main(arguments: list[str]) -> int:
    """Do what the arguments ask for."""
    options = parse(arguments)
    if not options.frontend and not os.environ.get("COMFYUI_DIR"):
        options.frontend = workshop.NEWEST_FRONTEND
    tools = workshop.set_up(frontends=[options.frontend] if options.frontend else [])
    workshop.enter(tools)
    sys.path.insert(0, str(TESTS))
    # However it is told to end, what was started is ended on the way out.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    return smoke_test(tools, options) if options.headless_smoke else show(tools, options)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except SetUpError as error:
        sys.exit(f"\n{error}")
    except KeyboardInterrupt:
        print("\nThe demo has ended.")
