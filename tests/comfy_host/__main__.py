"""Command line of the small host: `python -m comfy_host`, run in tests/."""

import argparse
import asyncio
import contextlib
import json
import logging
import shutil
import signal
import socket
import sys
import tempfile
from pathlib import Path

import folder_paths
from comfy.cli_args import Arguments
from comfy.model_management import RTX_4090, Device, Hardware

from comfy_host.app import build_host
from comfy_host.fresh_start import add_fresh_start
from comfy_host.log_capture import LogCapture
from comfy_host.mount import mount_pack
from comfy_host.serving import listen, url_of

log = logging.getLogger("comfy_host")


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="comfy_host", description=__doc__)
    parser.add_argument("--user-directory", type=Path, required=True)
    parser.add_argument("--frontend", type=Path, help="folder with the page's index.html")
    parser.add_argument("--custom-nodes", type=Path, action="append", default=[], help="folder that holds packs")
    parser.add_argument("--pack", type=Path, action="append", default=[], help="one pack; it is copied")
    parser.add_argument("--listen", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 for a free one")
    parser.add_argument("--tls-certfile")
    parser.add_argument("--tls-keyfile")
    parser.add_argument("--max-upload-size", type=int, default=100, help="MB")
    parser.add_argument("--multi-user", action="store_true")
    parser.add_argument("--enable-cors-header", nargs="?", const="*", default="")
    parser.add_argument("--disable-api-nodes", action="store_true")
    parser.add_argument("--no-system-user-directory", action="store_true", help="like ComfyUI before 0.3.76")
    parser.add_argument("--fresh-start", action="store_true", help="may be made as new, by whoever asks")
    parser.add_argument("--gpu", default=RTX_4090.name, help='as ComfyUI names it; "cpu" for a machine without')
    parser.add_argument("--gpu-memory", type=int, default=RTX_4090.total_memory, help="bytes")
    return parser.parse_args(arguments)


def hardware_of(name: str, total_memory: int) -> Hardware:
    kind, _, index = name.split(" ", 1)[0].partition(":")
    return Hardware(Device(kind, int(index) if index else None), name, total_memory)


async def serve(options: argparse.Namespace, capture: LogCapture) -> None:
    # Bound before the packs load, because they may read the port from the command line; nobody is answered yet.
    family = socket.AF_INET6 if ":" in options.listen else socket.AF_INET
    reserved = socket.socket(family, socket.SOCK_STREAM)
    if sys.platform != "win32":
        # A restart takes the same port again. On Windows the option would allow two hosts on one port.
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reserved.bind((options.listen, options.port))
    arguments = Arguments(
        listen=options.listen,
        port=reserved.getsockname()[1],
        tls_certfile=options.tls_certfile,
        tls_keyfile=options.tls_keyfile,
    )
    server = build_host(
        options.user_directory,
        options.custom_nodes,
        options.frontend,
        multi_user=options.multi_user,
        cors=options.enable_cors_header,
        disable_api_nodes=options.disable_api_nodes,
        knows_system_users=not options.no_system_user_directory,
        hardware=hardware_of(options.gpu, options.gpu_memory),
        arguments=arguments,
        capture=capture,
        max_upload_size=options.max_upload_size,
    )
    # Nobody can ask for those of an earlier run any more.
    shutil.rmtree(folder_paths.get_temp_directory(), ignore_errors=True)
    if options.fresh_start:
        add_fresh_start(server, options.user_directory, capture)
    url = url_of(reserved)
    await listen(server, reserved)
    log.info("To see the GUI go to: %s", url)
    print(json.dumps({"url": url}), flush=True)  # noqa: T201 - the line that whoever started this waits for
    await asyncio.Event().wait()


def main() -> None:
    options = parse(sys.argv[1:])
    # Ctrl-C ends it even where the parent had it ignored; on Windows a parent can send only Ctrl-Break.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if sys.platform == "win32":
        signal.signal(signal.SIGBREAK, signal.default_int_handler)
    capture = LogCapture()
    capture.take_streams()
    with contextlib.ExitStack() as stack, contextlib.suppress(KeyboardInterrupt):
        if options.pack:
            custom_nodes = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="comfy_host_"))) / "custom_nodes"
            for pack in options.pack:
                mount_pack(pack, custom_nodes, pack.resolve().name)
            options.custom_nodes.append(custom_nodes)
        asyncio.run(serve(options, capture))


if __name__ == "__main__":
    main()
