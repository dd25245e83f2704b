"""Serve the double until stopped: for a person who tries the extension, and for tests in another process."""

import argparse
import json
import signal
import sys
import threading

from .double import ServiceDouble


def main() -> None:
    parser = argparse.ArgumentParser(prog="service_double", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", help="cfc_ with letters and digits; made up when not given")
    parser.add_argument("--account-name", default="Demo")
    parser.add_argument("--tier", default="pro")
    arguments = parser.parse_args()

    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    double = ServiceDouble(port=arguments.port)
    token = double.add_token(double.add_account(arguments.account_name, tier=arguments.tier), arguments.token)
    with double:
        sys.stdout.write(json.dumps({"url": double.url, "token": token}) + "\n")
        sys.stdout.flush()
        # In short turns, because Windows does not deliver Ctrl-C to a thread that waits without end.
        while not stopped.wait(0.2):
            pass


if __name__ == "__main__":
    main()
