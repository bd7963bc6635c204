"""A double of the Hub: the few requests by which `datasets` reads one repository of files.

It is no Hub: it knows no accounts, pages, LFS or Xet, and answers as the client library expects.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

COMMIT = "abcdef0123" * 4


@contextmanager
def hub(repository: str, files: Mapping[str, bytes], gated: str = "") -> Iterator[str]:
    """Serve one repository; `gated` names another, which exists and may not be read."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = unquote(urlsplit(self.path).path)
            about = f"/api/datasets/{repository}"
            if gated and gated in path:
                self._answer(403, b"{}", {"X-Error-Code": "GatedRepo"})
            elif repository not in path:
                self._answer(401, b"{}", {"X-Error-Code": "RepoNotFound"})
            elif "/missing" in path:
                self._answer(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
            elif path in (about, f"{about}/revision/main", f"{about}/revision/{COMMIT}"):
                siblings = [{"rfilename": name} for name in files]
                self._json({"id": repository, "sha": COMMIT, "siblings": siblings, "tags": []})
            elif path.startswith(f"{about}/tree/"):
                below = path.removeprefix(f"{about}/tree/").partition("/")[2]
                folders = {n.rpartition("/")[0] for n in files} - {"", below}
                listed = [{"type": "directory", "path": f, "oid": COMMIT} for f in sorted(folders)]
                self._json(
                    [
                        *(entry for entry in listed if not below),
                        *(_entry(n, d) for n, d in files.items() if n.startswith(below)),
                    ]
                )
            elif "/resolve/" in path:
                self._file(path.partition("/resolve/")[2].partition("/")[2])
            else:
                self._answer(404, b"{}", {"X-Error-Code": "EntryNotFound"})

        do_HEAD = do_GET  # noqa: N815

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            asked = json.loads(body)["paths"] if body.startswith("{") else []
            self._json([_entry(name, data) for name, data in files.items() if name in asked])

        def log_message(self, *_: object) -> None:
            """Be silent."""

        def _file(self, name: str) -> None:
            if name not in files:
                self._answer(404, b"", {"X-Error-Code": "EntryNotFound"})
                return
            etag = hashlib.sha256(files[name]).hexdigest()
            self._answer(200, files[name], {"X-Repo-Commit": COMMIT, "ETag": f'"{etag}"'})

        def _json(self, data: object) -> None:
            self._answer(200, json.dumps(data).encode(), {"Content-Type": "application/json"})

        def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for key, value in headers.items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _entry(name: str, data: bytes) -> dict[str, object]:
    return {
        "type": "file",
        "path": name,
        "size": len(data),
        "oid": hashlib.sha1(data).hexdigest(),
    }
