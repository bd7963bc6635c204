"""Runs the shell steps of a workflow of GitHub Actions on this machine, as a runner would.

What needs GitHub itself, the steps that use an action, is left out: the checkout, an interpreter
and credentials are what the test gives.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_WORKFLOWS = Path(__file__).parents[1] / ".github" / "workflows"
_EXPRESSION = re.compile(r"\$\{\{ ([\w.-]+)(?: (&&|\|\|) '([^']*)')? \}\}")
_WORDS = re.compile(r"'[^']*'|&&|\|\||[!=]=|[()]|[\w.-]+(?:\(\))?")


@dataclass
class Runner:
    """One run of a workflow.

    Attributes:
        workflow: its file's name.
        checkout: where the steps run.
        contexts: what GitHub fills in, such as `vars.AWS_REGION`; outputs of jobs join it.
        environment: what a step has besides what the workflow gives it.
        replaced: variables of the steps that are to hold something else here.
        scratch: where the files lie by which steps answer to GitHub.
    """

    workflow: str
    checkout: Path
    contexts: dict[str, str]
    environment: Mapping[str, str]
    scratch: Path
    replaced: Mapping[str, str] = field(default_factory=dict)

    def run(self, job: str, skip: str | None = None) -> tuple[int, str]:
        """Run the steps of a job until one fails, and then those that are for a failure.

        Gives the exit status of the first that failed, and all that was said.

        Args:
            job: its key.
            skip: a command that the test has run already, in another way.
        """
        found = yaml.safe_load((_WORKFLOWS / self.workflow).read_text(encoding="utf-8"))
        told = found["jobs"][job]
        for name in [name for name in self.contexts if name.startswith("steps.")]:
            del self.contexts[name]
        said, failed = "", 0
        for step in told["steps"]:
            if "run" not in step or step["run"].partition(" #")[0] == skip:
                continue
            if not self._is_met(step.get("if", "success()"), bool(failed)):
                continue
            given = found.get("env", {}) | told.get("env", {}) | step.get("env", {})
            status, output = self._step(step, {name: str(one) for name, one in given.items()})
            said += output
            failed = failed or status
            if "id" in step:
                outcome = "failure" if status else "success"
                self.contexts[f"steps.{step['id']}.outcome"] = outcome
        if failed:
            return failed, said
        for name, value in told.get("outputs", {}).items():
            self.contexts[f"needs.{job}.outputs.{name}"] = self.filled(value)
        return 0, said

    def filled(self, value: str) -> str:
        """Fill in what GitHub knows; a name that it does not know is a fault of the workflow."""
        return _EXPRESSION.sub(self._value, value)

    def _value(self, found: re.Match[str]) -> str:
        told, joined, other = self.contexts[found[1]], found[2], found[3]
        return {"&&": told and other, "||": told or other}.get(joined, told)

    def _is_met(self, condition: str, failed: bool) -> bool:
        """Tell whether a step is to run; what a job has not done yet has the outcome skipped."""
        known = {
            "&&": "and",
            "||": "or",
            "success()": str(not failed),
            "failure()": str(failed),
            "cancelled()": "False",
        }
        words = []
        for word in _WORDS.findall(condition):
            if re.match(r"[a-z]+\.", word):
                missing = "skipped" if word.endswith(".outcome") else None
                word = repr(self.contexts.get(word, missing))
            words.append(known.get(word, word))
        return bool(eval(" ".join(words)))

    @property
    def summary(self) -> str:
        """What the steps have written for people."""
        return (self.scratch / "summary").read_text(encoding="utf-8")

    def _step(self, step: dict[str, Any], given: dict[str, str]) -> tuple[int, str]:
        outputs = self.scratch / "outputs"
        outputs.unlink(missing_ok=True)
        done = subprocess.run(
            ["bash", "-e", "-c", step["run"]],
            cwd=self.checkout,
            env={
                **self.environment,
                **{name: self.filled(value) for name, value in given.items()},
                **self.replaced,
                "GITHUB_OUTPUT": str(outputs),
                "GITHUB_STEP_SUMMARY": str(self.scratch / "summary"),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=400,
            check=False,
        )
        if outputs.exists():
            for line in outputs.read_text(encoding="utf-8").splitlines():
                name, _, value = line.partition("=")
                self.contexts[f"steps.{step['id']}.outputs.{name}"] = value
        return done.returncode, done.stdout


def without_settings() -> dict[str, str]:
    """Give the environment without anybody's own settings of AWS or Voxpop, or those of make."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "VOXPOP", "MAKE", "MFLAGS"))
    }
