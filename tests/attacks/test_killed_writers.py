"""A process that is killed while it writes leaves what was there before or what it wrote, and never a part of it."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from comfycontrol_pack.comfycontrol.storage.folder import STORE_FILE
from comfycontrol_pack.comfycontrol.storage.identity import IDENTITY_FILE
from comfycontrol_pack.comfycontrol.storage.store import Store

ROOT = Path(__file__).parents[2]
KILLS = 12
_LONGEST_WAIT = 30
# It says how far it has got only when that is written. The memory is as large as it ever is. Loaded is no more
# than it takes, for there are a dozen of them.
WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from comfycontrol.storage.identity import Identity, IDENTITY_FILE
from comfycontrol.storage.store import Store
store, identity = Store(Path(sys.argv[2])), Identity(Path(sys.argv[2]) / IDENTITY_FILE)
for count in range(1, 1_000_000):
    told = {"token_hint": str(count), "seen_at": str(count), "owners": (f"{count:064}",) * 64}
    store.update(lambda was: was.model_copy(update=told))
    identity.renew()
    print(count, flush=True)
"""


def start(folder: Path) -> "subprocess.Popen[bytes]":
    # Unbuffered: what readline() has taken beforehand, communicate() would not give.
    return subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, "-c", WRITER, str(ROOT), str(folder)],
        bufsize=0,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def test_a_writer_that_is_killed_leaves_whole_files(tmp_path: Path) -> None:
    chance = random.Random(15)  # noqa: S311 - when to kill is no secret
    folders = [tmp_path / f"instance-{number}" for number in range(KILLS)]
    writers = [start(folder) for folder in folders]
    try:
        for writer, folder in zip(writers, folders, strict=True):
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"1\n", "it never wrote"
            # Somewhere within the next writes.
            with pytest.raises(subprocess.TimeoutExpired):
                writer.wait(chance.uniform(0, 0.05))
            writer.kill()
            said, _ = writer.communicate(timeout=_LONGEST_WAIT)
            whole = [int(line) for line in said.split(b"\n")[:-1]]
            last = whole[-1] if whole else 1
            judge(folder, last)
    finally:
        for writer in writers:
            writer.kill()
            writer.wait()


def judge(folder: Path, last: int) -> None:
    memory = Store(folder).load()
    count = int(memory.token_hint)
    assert count in {last, last + 1}
    assert memory.seen_at == str(count)
    assert set(memory.owners) == {f"{count:064}"}
    assert len((folder / IDENTITY_FILE).read_bytes()) == 32
    # And it goes on from there, whatever the killed one left lying beside.
    Store(folder).update(lambda was: was.model_copy(update={"token_hint": "again"}))
    assert Store(folder).load().token_hint == "again"
    assert (folder / STORE_FILE).stat().st_size > 4096
