"""Messages on a pipe: a length in four bytes, then that many bytes. Refuses what is longer than any paper."""

import struct
from typing import IO, Final

LONGEST: Final = 64 * 1024 * 1024


def write(pipe: IO[bytes], content: bytes) -> None:
    """Put one message on the pipe."""
    pipe.write(struct.pack(">I", len(content)) + content)
    pipe.flush()


def read(pipe: IO[bytes]) -> bytes:
    """The next message. Raises EOFError when the other side is gone, or is not speaking our language."""
    (length,) = struct.unpack(">I", _exactly(pipe, 4))
    if length > LONGEST:
        raise EOFError
    return _exactly(pipe, length)


def _exactly(pipe: IO[bytes], count: int) -> bytes:
    content = pipe.read(count)
    if len(content) < count:
        raise EOFError
    return content
