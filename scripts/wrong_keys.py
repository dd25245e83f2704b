"""Floods a guarded port with wrong keys, in a process of its own so that it slows down nobody who measures.

python scripts/wrong_keys.py 18188 1000 10    1,000 a second for 10 seconds; prints how many were answered
"""

import asyncio
import sys

# A wrong key is answered half a second late, so each connection sends one in this time.
_PAUSE_SECONDS = 0.7
_REQUEST = b"GET /queue HTTP/1.1\r\nHost: bench\r\nX-ComfyControl-Key: " + b"w" * 43 + b"\r\n\r\n"


async def flood(port: int, a_second: int, seconds: float) -> int:
    """Send so many wrong keys a second, and give the number of answers."""
    until = asyncio.get_running_loop().time() + seconds
    connections = round(a_second * _PAUSE_SECONDS)
    return sum(await asyncio.gather(*(_connection(port, until) for _ in range(connections))))


async def _connection(port: int, until: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answers = 0
    while (began := asyncio.get_running_loop().time()) < until:
        writer.write(_REQUEST)
        head = await reader.readuntil(b"}}")
        answers += head.startswith(b"HTTP/1.1 401 ")
        await asyncio.sleep(began + _PAUSE_SECONDS - asyncio.get_running_loop().time())
    writer.close()
    return answers


if __name__ == "__main__":
    print(asyncio.run(flood(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))))
