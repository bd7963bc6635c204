"""terraform/app on ECS, played by moto: rights, containers, load balancer, scaling and all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.terraform.account import account
from tests.terraform.deployment import NEXT, app_stage, apply, differing, planned


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_deployment_is_applied_and_destroyed(tmp_path: Path) -> None:
    with account(tmp_path, "ecs") as aws:
        stage = app_stage(aws, TF_VAR_allow_http="true")
        apply(stage, aws)
        changes = planned(stage)
        assert [one["type"] for one in changes] == ["aws_ecs_service"] * 2
        for change in changes:  # moto does not tell it
            assert differing(change) == {"availability_zone_rebalancing"}

        # What ECS goes back to by itself is there until the new revision runs.
        following = replace(stage, environment={**stage.environment, **NEXT})
        by_type = {one["type"]: one["change"]["actions"] for one in planned(following)}
        assert by_type["aws_ecs_task_definition"] == ["create", "delete"]
        following.run("apply", "-auto-approve", "-no-color", "next.plan")
        assert "Destroy complete!" in stage.run("destroy", "-auto-approve", "-no-color")
        assert stage.run("state", "list") == ""
