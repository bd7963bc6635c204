"""The server of moto with what it lacks for terraform/app; run in place of `moto.server`.

Policies are held to the resource that a request names, `?` stands for a character in them,
CloudWatch's rights go by the name that policies use, containers run at once, and what was said of
tags and grace periods is kept.
Conditions of policies stay unknown to moto, as does who a role is handed over to.
"""

from __future__ import annotations

import json
import os
import re
from typing import Any, ClassVar

from moto.applicationautoscaling import urls as scaling_urls
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.core.responses import ActionResult, BaseResponse
from moto.ecs import urls as ecs_urls
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.iam.access_control import IAMPolicyStatement, IAMRequest
from moto.server import main

from tests.terraform.resources import resource_of


class Request(IAMRequest):  # type: ignore[misc] # moto is skipped by mypy
    """A request whose right has the name that policies give it, not that of its signature."""

    _action: str

    def __init__(self, *told: Any, **named: Any) -> None:
        super().__init__(*told, **named)
        self._action = self._action.replace("monitoring:", "cloudwatch:")


class Scaling(ApplicationAutoScalingResponse):  # type: ignore[misc] # moto is skipped by mypy
    """Application Auto Scaling, with tags."""

    tags: ClassVar[dict[str, dict[str, str]]] = {}

    def register_scalable_target(self) -> str:
        answer: str = super().register_scalable_target()
        self.tags[json.loads(answer)["ScalableTargetARN"]] = self._get_param("Tags") or {}
        return answer

    def list_tags_for_resource(self) -> str:
        return json.dumps({"Tags": self.tags.get(self._get_param("ResourceARN"), {})})


class Containers(EC2ContainerServiceResponse):  # type: ignore[misc] # moto is skipped by mypy
    """ECS, with how long a service's health is not asked for."""

    def create_service(self) -> ActionResult:
        answer = super().create_service()
        service = answer.result["service"]
        service.health_check_grace_period_seconds = self._get_param("healthCheckGracePeriodSeconds")
        return answer


def matches(pattern: str, string: str) -> re.Match[str] | None:
    """Match as IAM does: `*` stands for anything, `?` for one character, all else for itself."""
    wild = {"*": ".*", "?": "."}
    return re.fullmatch("".join(wild.get(one, re.escape(one)) for one in pattern), string, re.S)


if __name__ == "__main__":
    os.environ["MOTO_ECS_SERVICE_RUNNING"] = "1"
    IAMPolicyStatement._match = staticmethod(matches)
    BaseResponse._determine_resource = resource_of  # IAM's and STS's own classes have theirs
    BaseResponse._authenticate_and_authorize_normal_action = lambda self, resource="*": (
        self._authenticate_and_authorize_action(Request, resource)
    )
    scaling_urls.url_paths = dict.fromkeys(scaling_urls.url_paths, Scaling.dispatch)
    ecs_urls.url_paths = dict.fromkeys(ecs_urls.url_paths, Containers.dispatch)
    main()
