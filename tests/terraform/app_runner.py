"""A stand-in for App Runner's control plane, which no program offers: its requests, as documented.

It shows that Terraform and the plane understand each other in these words, not how AWS behaves.
What really runs a service is handed in by who needs one that answers.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

Described = dict[str, Any]
# Gets a service as it shall be and gives where it answers, without a scheme.
Runs = Callable[[Described], str]

_WHERE = "arn:aws:apprunner:eu-west-1:123456789012"
_CHANGEABLE = (
    "SourceConfiguration",
    "InstanceConfiguration",
    "HealthCheckConfiguration",
    "NetworkConfiguration",
)


class UnhealthyError(Exception):
    """Raised by what runs a service: it does not become healthy."""


class _RefusedError(Exception):
    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@contextmanager
def app_runner(log: Path, runs: Runs | None = None) -> Iterator[str]:
    """Answer at a free port; give the address for `AWS_ENDPOINT_URL_APPRUNNER`."""
    plane = _Plane(runs or _runs_nothing)
    with log.open("a", encoding="utf-8") as stream:

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
                action = self.headers["X-Amz-Target"].rpartition(".")[2]
                try:
                    status, told = 200, plane.answer(action, asked)
                except _RefusedError as refused:
                    status, told = 400, {"__type": refused.kind, "message": str(refused)}
                print(action, status, json.dumps(asked), file=stream, flush=True)
                body = json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/x-amz-json-1.0")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_told: object) -> None:
                """Say nothing: the log has a line already."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            serving.join()
            server.server_close()


def _runs_nothing(service: Described) -> str:
    return f"{service['ServiceId'][:10]}.eu-west-1.awsapprunner.com"


class _Plane:
    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self._lock = threading.Lock()
        self._services: dict[str, Described] = {}
        self._scalings: dict[str, Described] = {}
        self._tags: dict[str, dict[str, str]] = {}
        self._actions: dict[str, Callable[[Described], Described]] = {
            "CreateService": self._create,
            "DescribeService": lambda asked: {"Service": dict(self._service(asked))},
            "UpdateService": self._update,
            "DeleteService": self._delete,
            "ListServices": lambda asked: {"ServiceSummaryList": list(self._services.values())},
            "CreateAutoScalingConfiguration": self._create_scaling,
            "DescribeAutoScalingConfiguration": lambda asked: self._scaling(asked),
            "DeleteAutoScalingConfiguration": self._delete_scaling,
            "ListTagsForResource": self._list_tags,
            "TagResource": self._tag,
            "UntagResource": self._untag,
        }

    def answer(self, action: str, asked: Described) -> Described:
        if action not in self._actions:
            raise _RefusedError("InvalidRequestException", f"{action} is not played here")
        with self._lock:
            return self._actions[action](asked)

    def _service(self, asked: Described) -> Described:
        arn = asked["ServiceArn"]
        if arn not in self._services:
            raise _RefusedError("ResourceNotFoundException", f"there is no service {arn}")
        return self._services[arn]

    def _create(self, asked: Described) -> Described:
        name, number = asked["ServiceName"], uuid.uuid4().hex
        for other in self._services.values():
            if other["ServiceName"] == name and other["Status"] != "DELETED":
                raise _RefusedError("InvalidRequestException", f"{name} exists")
        arn = f"{_WHERE}:service/{name}/{number}"
        wanted = {
            "ServiceName": name,
            "ServiceId": number,
            "ServiceArn": arn,
            "CreatedAt": time.time(),
            "Status": "OPERATION_IN_PROGRESS",
            "InstanceConfiguration": {"Cpu": "1024", "Memory": "2048"},
            "NetworkConfiguration": {
                "EgressConfiguration": {"EgressType": "DEFAULT"},
                "IngressConfiguration": {"IsPubliclyAccessible": True},
                "IpAddressType": "IPV4",
            },
        }
        self._services[arn] = wanted
        self._tags[arn] = {tag["Key"]: tag["Value"] for tag in asked.get("Tags", [])}
        return self._begin(wanted, self._changed(wanted, asked), "CREATE_FAILED")

    def _update(self, asked: Described) -> Described:
        service = self._service(asked)
        if service["Status"] != "RUNNING":
            raise _RefusedError("InvalidStateException", f"the service is {service['Status']}")
        # A service that does not become healthy stays what it was, and is RUNNING again.
        return self._begin(service, self._changed(service, asked), "RUNNING")

    def _changed(self, service: Described, asked: Described) -> Described:
        changed = dict(service)
        for name in _CHANGEABLE:
            changed[name] = service.get(name, {}) | asked.get(name, {})
        if arn := asked.get("AutoScalingConfigurationArn"):
            scaling = self._scaling({"AutoScalingConfigurationArn": arn})
            changed["AutoScalingConfigurationSummary"] = scaling["AutoScalingConfiguration"]
        return changed

    def _begin(self, service: Described, wanted: Described, unhealthy: str) -> Described:
        """Have a service run as it shall be, while its status says that this is under way."""
        service["Status"] = "OPERATION_IN_PROGRESS"
        service["UpdatedAt"] = time.time()

        def work() -> None:
            try:
                url = self._runs(wanted)
            except BaseException as error:
                with self._lock:
                    service["Status"] = unhealthy
                if not isinstance(error, UnhealthyError):
                    raise
            else:
                with self._lock:
                    service.update(wanted, ServiceUrl=url, Status="RUNNING")

        threading.Thread(target=work).start()
        return {"Service": dict(service), "OperationId": uuid.uuid4().hex}

    def _delete(self, asked: Described) -> Described:
        service = self._service(asked)
        service.update(Status="DELETED", DeletedAt=time.time())
        return {"Service": dict(service), "OperationId": uuid.uuid4().hex}

    def _create_scaling(self, asked: Described) -> Described:
        name = asked["AutoScalingConfigurationName"]
        same = [one["AutoScalingConfigurationName"] for one in self._scalings.values()].count(name)
        arn = f"{_WHERE}:autoscalingconfiguration/{name}/{same + 1}/{uuid.uuid4().hex}"
        self._scalings[arn] = {
            "AutoScalingConfigurationArn": arn,
            "AutoScalingConfigurationName": name,
            "AutoScalingConfigurationRevision": same + 1,
            "Latest": True,
            "Status": "active",
            "IsDefault": False,
            "HasAssociatedService": False,
            "CreatedAt": time.time(),
        } | {one: asked[one] for one in ("MaxConcurrency", "MinSize", "MaxSize") if one in asked}
        self._tags[arn] = {tag["Key"]: tag["Value"] for tag in asked.get("Tags", [])}
        return {"AutoScalingConfiguration": dict(self._scalings[arn])}

    def _scaling(self, asked: Described) -> Described:
        arn = asked["AutoScalingConfigurationArn"]
        if arn not in self._scalings:
            raise _RefusedError("ResourceNotFoundException", f"there is no scaling {arn}")
        return {"AutoScalingConfiguration": dict(self._scalings[arn])}

    def _delete_scaling(self, asked: Described) -> Described:
        arn = self._scaling(asked)["AutoScalingConfiguration"]["AutoScalingConfigurationArn"]
        for service in self._services.values():
            used = service.get("AutoScalingConfigurationSummary", {})
            if used.get("AutoScalingConfigurationArn") == arn and service["Status"] != "DELETED":
                raise _RefusedError(
                    "InvalidRequestException",
                    "You can't delete the auto scaling configuration. It's used by one or more "
                    "services.",
                )
        self._scalings[arn]["Status"] = "inactive"
        return self._scaling(asked)

    def _list_tags(self, asked: Described) -> Described:
        tags = self._tags.get(asked["ResourceArn"], {})
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def _tag(self, asked: Described) -> Described:
        tags = self._tags.setdefault(asked["ResourceArn"], {})
        tags.update({tag["Key"]: tag["Value"] for tag in asked["Tags"]})
        return {}

    def _untag(self, asked: Described) -> Described:
        for key in asked["TagKeys"]:
            self._tags.get(asked["ResourceArn"], {}).pop(key, None)
        return {}
