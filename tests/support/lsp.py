"""A small client of the Language Server Protocol over a server's standard input and output, with a transcript."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

PATIENCE_S = 60
"""Longest wait for one answer. Chosen: a busy machine starts node in a few seconds."""


class Client:
    """One session: `with Client(command, root, settings) as client: …`.

    Args:
        command: starts the server on standard input and output.
        root: the workspace.
        settings: what the server is told when it asks for the configuration of its section.
    """

    def __init__(self, command: Sequence[str], root: Path, settings: dict[str, Any]) -> None:
        self.transcript: list[str] = []
        self._root = root
        self._settings = settings
        self._last_id = 0
        self._diagnostics: dict[str, list[dict[str, Any]]] = {}
        self._incoming: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._server = subprocess.Popen(
            command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        folder = {"uri": self._root.as_uri(), "name": self._root.name}
        capabilities = {
            "workspace": {"configuration": True, "workspaceFolders": True},
            "textDocument": {
                "hover": {"contentFormat": ["markdown", "plaintext"]},
                "completion": {"completionItem": {"documentationFormat": ["markdown"]}},
                "publishDiagnostics": {},
            },
        }
        self.request(
            "initialize",
            processId=None,
            rootUri=self._root.as_uri(),
            workspaceFolders=[folder],
            capabilities=capabilities,
        )
        self.notify("initialized")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.request("shutdown")
                self.notify("exit")
                self._server.wait(PATIENCE_S)
        finally:
            self._server.kill()
            self._server.wait()
            self._reader.join(PATIENCE_S)
            for stream in (self._server.stdin, self._server.stdout):
                assert stream is not None
                stream.close()

    def open(self, path: Path, text: str | None = None) -> list[dict[str, Any]]:
        """Show the server a file for the first time, with this text instead of the one on disk; its diagnostics."""
        uri = path.as_uri()
        assert uri not in self._diagnostics, (
            "what the server said of the former text would count as its answer"
        )
        shown = path.read_text(encoding="utf-8") if text is None else text
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": shown}
        self.notify("textDocument/didOpen", textDocument=document)
        while uri not in self._diagnostics:
            self._answer(self._next())
        return self._diagnostics[uri]

    def hover(self, path: Path, line: int, column: int) -> str:
        """What is shown over a place, 0-based; empty where nothing is."""
        result = self._at("textDocument/hover", path, line, column)
        contents = result["contents"] if result else ""
        return contents if isinstance(contents, str) else str(contents["value"])

    def completion(self, path: Path, line: int, column: int) -> list[str]:
        """The labels that are offered at a place, 0-based."""
        result = self._at("textDocument/completion", path, line, column)
        items = result["items"] if isinstance(result, dict) else result or []
        return [str(item["label"]) for item in items]

    def _at(self, method: str, path: Path, line: int, column: int) -> Any:
        place = {"line": line, "character": column}
        return self.request(method, textDocument={"uri": path.as_uri()}, position=place)

    def request(self, method: str, **params: Any) -> Any:
        """Ask, and answer what the server asks meanwhile; the result."""
        self._last_id += 1
        self._send({"id": self._last_id, "method": method, "params": params})
        while True:
            message = self._next()
            if message.get("id") == self._last_id and "method" not in message:
                assert "error" not in message, message
                return message["result"]
            self._answer(message)

    def notify(self, method: str, **params: Any) -> None:
        """Tell the server something."""
        self._send({"method": method, "params": params})

    def _answer(self, message: dict[str, Any]) -> None:
        """Keep diagnostics, and serve a request of the server."""
        method, params = message.get("method"), message.get("params")
        if method == "textDocument/publishDiagnostics":
            self._diagnostics[params["uri"]] = params["diagnostics"]
        elif "id" in message and method == "workspace/configuration":
            items = [self._settings.get(item.get("section", ""), None) for item in params["items"]]
            self._send({"id": message["id"], "result": items})
        elif "id" in message and method:
            self._send({"id": message["id"], "result": None})

    def _send(self, message: dict[str, Any]) -> None:
        self._note("-->", message)
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._server.stdin is not None
        self._server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._server.stdin.flush()

    def _next(self) -> dict[str, Any]:
        message = self._incoming.get(timeout=PATIENCE_S)
        assert message is not None, "the server has ended"
        self._note("<--", message)
        return message

    def _note(self, arrow: str, message: dict[str, Any]) -> None:
        self.transcript.append(f"{arrow} {json.dumps(message, ensure_ascii=False)}")

    def _read(self) -> None:
        """Put every message of the server into the queue; None at its end."""
        stream = self._server.stdout
        assert stream is not None
        while header := stream.readline():
            length = 0
            while header.strip():
                name, _, value = header.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
                header = stream.readline()
            self._incoming.put(json.loads(stream.read(length)))
        self._incoming.put(None)
