"""Pictures as PNG, with what Python brings."""

import zlib


def encode(width: int, height: int, rgb: bytes) -> bytes:
    """Encode rows of pixels, three bytes each, from top to bottom."""
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 2, 0, 0, 0])
    stride = 3 * width
    # Each row begins with the filter that it was treated with: none.
    rows = b"".join(b"\0" + rgb[start : start + stride] for start in range(0, height * stride, stride))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")
