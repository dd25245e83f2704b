"""A tunnel agent of the suite's own: an executable that behaves as cloudflared is documented to, and plays faults.

Sources: cloudflare/cloudflared, cmd/cloudflared/tunnel (options, `quick_tunnel.go`), metrics (`/quicktunnel`, `/ready`,
`/config`). What it plays is in a file beside it, read anew for each answer, because its environment is not the test's:

    version      what --version prints
    says         lines for stderr at the start; `exits` then ends it with that status
    floods       so many bytes of rubbish, without an end of line, before anything else
    host         of the tunnel; empty while it has none
    ready        connections to its service
    slow         seconds until it has either
    service      where the tunnel really leads, if not where it was told to
    deaf         whether it takes no leave when it is told to end
"""

import http.server
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(sys.argv[0])
BEGAN = time.monotonic()


def plan() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(HERE.with_name(f"{HERE.name}.json").read_text())
    return content


def main() -> None:
    played = plan()
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(played.get("version", "cloudflared version 2026.8.0 (built by the suite)"))
        return
    HERE.with_name(f"{HERE.name}.started").write_text(
        json.dumps({"pid": os.getpid(), "arguments": sys.argv[1:], "environment": dict(os.environ)})
    )
    if played.get("deaf"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.stderr.write("x" * played.get("floods", 0))
    sys.stderr.writelines(f"{line}\n" for line in played.get("says", ()))
    sys.stderr.flush()
    if "exits" in played:
        sys.exit(played["exits"])
    if sys.argv[1] != "tunnel":
        time.sleep(3600)
    host, port = sys.argv[sys.argv.index("--metrics") + 1].split(":")
    http.server.ThreadingHTTPServer((host, int(port)), Metrics).serve_forever()


class Metrics(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        played = plan()
        if time.monotonic() - BEGAN < played.get("slow", 0):
            played |= {"host": "", "ready": 0}
        ready = played.get("ready", 1)
        service = played.get("service") or sys.argv[sys.argv.index("--url") + 1]
        status, content = {
            "/quicktunnel": (200, {"hostname": played.get("host", "four-plain-words.trycloudflare.com")}),
            "/ready": (200 if ready else 503, {"status": 200, "readyConnections": ready}),
            "/config": (200, {"version": 0, "config": {"ingress": [{"hostname": "", "service": service}]}}),
        }.get(self.path, (404, {}))
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    main()
