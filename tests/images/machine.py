"""What runs services for the stand-in of App Runner: containers, each behind a door with TLS."""

from __future__ import annotations

import http.client
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.images.containers import Container, pull, running
from tests.terraform.app_runner import Described, UnhealthyError

_PORT_VARIABLES = {"8080": "VOXPOP_API_PORT", "7860": "VOXPOP_UI_PORT"}


class Machine:
    """Containers, by the services' names.

    A service's new container takes the place of the old one when it is healthy, as on App Runner.

    Args:
        scratch: a directory of its own.
        given: variables that every container gets here, as roles give them rights at AWS.
        secret: gives the value of a secret by its ARN.
        login: `USER:PASSWORD` of the images' registry.
    """

    def __init__(
        self, scratch: Path, given: Mapping[str, str], secret: Callable[[str], str], login: str
    ) -> None:
        self.certificate = _certificate(scratch)
        self.images: dict[str, str] = {}  # what runs, by service
        self.containers: dict[str, Container] = {}
        self.pulled: set[str] = set()
        self._scratch = scratch
        self._given = given
        self._secret = secret
        self._login = login
        self._running: dict[str, ExitStack] = {}
        self._doors: dict[str, _Door] = {}

    def run(self, service: Described) -> str:
        """Have a service run as it shall be; gives where it answers."""
        name = service["ServiceName"]
        repository = service["SourceConfiguration"]["ImageRepository"]
        told = repository["ImageConfiguration"]
        secrets = told.get("RuntimeEnvironmentSecrets", {})
        variables = {
            **self._given,
            **told.get("RuntimeEnvironmentVariables", {}),
            **{variable: self._secret(arn) for variable, arn in secrets.items()},
        }
        for door in self._doors.values():  # no container trusts the certificate of this machine
            variables = {
                variable: value.replace(f"https://127.0.0.1:{door.port}", door.plain_url)
                for variable, value in variables.items()
            }
        image = repository["ImageIdentifier"]
        self.pulled.add(image)
        pull(image, self._login)
        started = ExitStack()
        container = started.enter_context(
            running(image, self._scratch, variables, port_variable=_PORT_VARIABLES[told["Port"]])
        )
        try:
            container.until(service["HealthCheckConfiguration"]["Path"])
        except AssertionError as error:
            started.close()
            raise UnhealthyError(f"{name} does not become healthy: {error}") from error
        if name not in self._doors:
            self._doors[name] = _Door(self.certificate)
        self._doors[name].leads_to(container)
        before, self._running[name] = self._running.get(name), started
        self.images[name], self.containers[name] = image, container
        if before is not None:
            before.close()
        return f"127.0.0.1:{self._doors[name].port}"

    def close(self) -> None:
        """Remove everything."""
        for door in self._doors.values():
            door.close()
        for each in self._running.values():
            each.close()


@contextmanager
def machine(
    scratch: Path, given: Mapping[str, str], secret: Callable[[str], str], login: str
) -> Iterator[Machine]:
    """Give a machine, and remove in the end what it runs."""
    made = Machine(scratch, given, secret, login)
    try:
        yield made
    finally:
        made.close()


class _Door:
    """One address that speaks TLS, and one that does not, for containers; both lead to the same.

    That is the container that it was told of last.
    """

    def __init__(self, certificate: Path) -> None:
        door = self
        self._leads_to = ("", 0)

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._pass_on()

            def do_POST(self) -> None:
                self._pass_on()

            def _pass_on(self) -> None:
                asked = http.client.HTTPConnection(*door._leads_to, timeout=30)
                sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                asked.request(self.command, self.path, sent, dict(self.headers))
                answer = asked.getresponse()
                body = answer.read()
                asked.close()
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.headers.get("Content-Type", ""))
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_told: object) -> None:
                """Say nothing."""

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, certificate.with_name("key.pem"))
        self._servers = [ThreadingHTTPServer(("127.0.0.1", 0), Handler) for _ in range(2)]
        with_tls, plain = self._servers
        with_tls.socket = context.wrap_socket(
            with_tls.socket, server_side=True, do_handshake_on_connect=False
        )
        self.port = with_tls.server_port
        self.plain_url = f"http://127.0.0.1:{plain.server_port}"
        self._serving = [
            threading.Thread(target=one.serve_forever, kwargs={"poll_interval": 0.05})
            for one in self._servers
        ]
        for thread in self._serving:
            thread.start()

    def leads_to(self, container: Container) -> None:
        host, _, port = container.url.removeprefix("http://").partition(":")
        self._leads_to = (host, int(port))

    def close(self) -> None:
        for server, thread in zip(self._servers, self._serving, strict=True):
            server.shutdown()
            thread.join()
            server.server_close()


def _certificate(folder: Path) -> Path:
    """Make a certificate for this machine, which who calls has to trust."""
    path = folder / "certificate.pem"
    options = "-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    name = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-out", str(path), "-keyout", str(folder / "key.pem")]
    subprocess.run(
        ["openssl", "req", *options.split(), *name, *files], check=True, capture_output=True
    )
    return path
