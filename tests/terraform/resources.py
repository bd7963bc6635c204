"""Which resource a request is about, by AWS's service authorization reference.

With its IAM enforced, moto knows that for S3, IAM and STS alone; for every other service it takes
the resource for `*`, which no ARN of a policy matches.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Ask = Callable[[str], Any]


def ecr(ask: Ask) -> str | None:
    names = ask("repositoryName") or ask("repositoryNames")
    return ask("resourceArn") or named("repository/{}", names)


def ecs(ask: Ask) -> str | None:
    if arn := ask("resourceArn"):
        return str(arn)
    if family := ask("family"):
        return f"task-definition/{family}:1"
    cluster = ask("cluster") or ask("clusterName") or ask("clusters")
    if service := ask("serviceName") or ask("service") or ask("services"):
        return f"service/{last(cluster)}/{last(service)}"
    return named("cluster/{}", cluster)


def elbv2(ask: Ask) -> str | None:
    for name in ("ResourceArns", "ListenerArn", "LoadBalancerArn", "TargetGroupArn"):
        if arn := ask(name):
            return str(arn[0] if isinstance(arn, list) else arn)
    kind = "targetgroup/{}/1" if ask("Protocol") else "loadbalancer/app/{}/1"
    return named(kind, ask("Name"))


def logs(ask: Ask) -> str | None:
    return ask("resourceArn") or named("log-group:{}", ask("logGroupName"))


def cloudwatch(ask: Ask) -> str | None:
    alarms = ask("AlarmName") or ask("AlarmNames")
    dashboards = ask("DashboardName") or ask("DashboardNames")
    return ask("ResourceARN") or named("alarm:{}", alarms) or named("dashboard/{}", dashboards)


def sns(ask: Ask) -> str | None:
    if subscription := ask("SubscriptionArn"):
        return str(subscription).rpartition(":")[0]
    return ask("TopicArn") or ask("ResourceArn") or named("{}", ask("Name"))


def secretsmanager(ask: Ask) -> str | None:
    return named("secret:{}-abcdef", ask("SecretId") or ask("Name"))


def application_autoscaling(ask: Ask) -> str | None:
    return ask("ResourceARN") or named("scalable-target/{}", ask("ResourceId"))


RULES: dict[str, tuple[str, Callable[[Ask], str | None]]] = {
    "application-autoscaling": ("application-autoscaling", application_autoscaling),
    "cloudwatch": ("cloudwatch", cloudwatch),
    "ecr": ("ecr", ecr),
    "ecs": ("ecs", ecs),
    "elbv2": ("elasticloadbalancing", elbv2),
    "logs": ("logs", logs),
    "secretsmanager": ("secretsmanager", secretsmanager),
    "sns": ("sns", sns),
}
# These know no resource: a policy that names one does not allow them.
NO_RESOURCE = re.compile(
    r"ecs:(Deregister|Describe)TaskDefinition|(elasticloadbalancing|application-autoscaling):Describe"
)


def named(form: str, names: Any) -> str | None:
    """Give what an ARN ends in, for a name or the first of several; an ARN stays what it is."""
    name = names[0] if isinstance(names, list) and names else names
    if not name:
        return None
    return name if str(name).startswith("arn:") else form.format(name)


def last(names: Any) -> str:
    """Give the name of a cluster or a service that may come as its ARN."""
    return str(names[0] if isinstance(names, list) else names).rpartition("/")[2]


def resource_of(request: Any) -> str:
    """Give the ARN of what a request is about; `*` for what has none."""
    service, rule = RULES.get(request.service_name, ("", None))
    if rule is None or NO_RESOURCE.match(f"{service}:{request._get_action()}"):
        return "*"
    found = rule(request._get_param)
    if found is None or found.startswith("arn:"):
        return found or "*"
    region = "" if found.startswith("dashboard/") else request.region
    return f"arn:aws:{service}:{region}:{request.current_account}:{found}"
