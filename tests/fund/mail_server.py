"""A mail server of a few lines on this machine: takes letters, refuses, falls silent, or shows its own certificate."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

LOOPBACK = "127.0.0.1"


@dataclass
class MailServer:
    """What was said to it, and the letters it took. `refuses` is a command that it answers with 550."""

    port: int
    refuses: str = ""
    is_silent: bool = False
    tls: ssl.SSLContext | None = None
    said: list[str] = field(default_factory=list)
    letters: list[bytes] = field(default_factory=list)

    def talk(self, connection: socket.socket) -> None:
        if self.is_silent:
            connection.recv(1)
            return
        if self.tls:
            connection = self.tls.wrap_socket(connection, server_side=True)
        with connection, connection.makefile("rwb", buffering=0) as wire:
            wire.write(b"220 here\r\n")
            while line := wire.readline():
                command = line.decode().strip()
                self.said.append(command)
                wire.write(self.answer(command, wire))
                if command.upper() == "QUIT":
                    return

    def answer(self, command: str, wire: socket.SocketIO) -> bytes:
        verb = command.split(" ", 1)[0].upper()
        if verb == self.refuses:
            return b"550 no\r\n"
        if verb == "EHLO":
            return b"250-here\r\n250 AUTH PLAIN\r\n"
        if verb in ("AUTH", "QUIT"):
            return b"235 in\r\n" if verb == "AUTH" else b"221 bye\r\n"
        if verb == "DATA":
            wire.write(b"354 go on\r\n")
            content = b""
            while not content.endswith(b"\r\n.\r\n"):
                content += wire.readline()
            self.letters.append(content[:-3].replace(b"\r\n..", b"\r\n."))
        return b"250 ok\r\n"


@contextmanager
def mail_server(host: str = LOOPBACK, **ways: object) -> Iterator[MailServer]:
    """A server that listens until the block ends."""
    with socket.create_server((host, 0)) as listening:
        server = MailServer(listening.getsockname()[1], **ways)  # type: ignore[arg-type]
        taking = threading.Thread(target=_take, args=(listening, server), daemon=True)
        taking.start()
        yield server
        listening.shutdown(socket.SHUT_RDWR)
        taking.join(timeout=5)


def _take(listening: socket.socket, server: MailServer) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listening.accept()
            with connection, suppress(OSError):
                server.talk(connection)
