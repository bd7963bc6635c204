"""terraform/app on App Runner, a stand-in that asks for no rights, and moto for all else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.terraform.account import account
from tests.terraform.app_runner import app_runner
from tests.terraform.deployment import (
    NEXT,
    app_stage,
    apply,
    assert_nothing_is_left_to_do,
    differing,
    planned,
    state_before,
)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_deployment_is_applied_changed_in_place_and_destroyed(tmp_path: Path) -> None:
    with account(tmp_path, "apprunner") as aws, app_runner(tmp_path / "plane.log") as plane:
        stage = app_stage(aws, AWS_ENDPOINT_URL_APPRUNNER=plane)
        apply(stage, aws)
        assert_nothing_is_left_to_do(stage)

        following = replace(stage, environment={**stage.environment, **NEXT})
        (change,) = planned(following)
        assert change["address"] == "module.apprunner_api[0].aws_apprunner_service.this"
        assert change["change"]["actions"] == ["update"]  # in place
        assert differing(change) == {"source_configuration"}
        following.run("apply", "-auto-approve", "-no-color", "next.plan")
        assert_nothing_is_left_to_do(following)

        earlier = tmp_path / "earlier.tfstate"
        earlier.write_bytes(state_before(aws))
        assert "newer" in following.run("state", "push", str(earlier), fails=True)
        following.run("state", "push", "-force", str(earlier))
        assert planned(following) == []  # what runs is found again; the outputs are of before

        # A scaling that is in use cannot be deleted, so its new one comes first.
        busier = replace(
            following, environment={**following.environment, "TF_VAR_max_concurrency": "80"}
        )
        said = busier.run("apply", "-auto-approve", "-no-color")
        assert "1 added, 1 changed, 1 destroyed" in said
        assert_nothing_is_left_to_do(busier)

        assert "Destroy complete!" in following.run("destroy", "-auto-approve", "-no-color")
        assert following.run("state", "list") == ""
