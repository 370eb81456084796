"""The line: late by its delay, no faster than its rate, and counted."""

from __future__ import annotations

import socket
import threading
import time

from bench.link import Line


def test_a_line_is_late_and_narrow() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        line = Line(server.getsockname()[1], delay=0.1, rate=20_000)

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1)
                connection.sendall(b"x" * 4000)

        threading.Thread(target=serve, daemon=True).start()
        with socket.create_connection(("127.0.0.1", line.port)) as client:
            start = time.perf_counter()
            client.sendall(b"?")
            received = b""
            while len(received) < 4000:
                received += client.recv(4000)
            took = time.perf_counter() - start
        line.close()
    assert received == b"x" * 4000
    assert took >= 0.1 + 0.1 + 4000 / 20_000
    assert (line.up, line.down) == (1, 4000)
