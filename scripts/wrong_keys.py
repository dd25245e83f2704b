"""Floods a guarded port with wrong keys, in a process of its own so that it slows down nobody who measures.

python scripts/wrong_keys.py 18188 1000 10    1,000 a second for 10 seconds; prints how many were answered
"""

import asyncio
import sys

# A wrong key is answered half a second late, so a connection has two a second.
_A_SECOND_PER_CONNECTION = 2
_REQUEST = b"GET /queue HTTP/1.1\r\nHost: bench\r\nX-ComfyControl-Key: " + b"w" * 43 + b"\r\n\r\n"


async def flood(port: int, a_second: int, seconds: float) -> int:
    """Send so many wrong keys a second, and give the number of answers."""
    until = asyncio.get_running_loop().time() + seconds
    counts = await asyncio.gather(*(_connection(port, until) for _ in range(a_second // _A_SECOND_PER_CONNECTION)))
    return sum(counts)


async def _connection(port: int, until: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answers = 0
    while asyncio.get_running_loop().time() < until:
        writer.write(_REQUEST)
        head = await reader.readuntil(b"}}")
        answers += head.startswith(b"HTTP/1.1 401 ")
    writer.close()
    return answers


if __name__ == "__main__":
    print(asyncio.run(flood(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))))
