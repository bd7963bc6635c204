"""The page's only way to the model: the API, over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx

from voxpop_apps.ui.settings import UiSettings


class ApiTroubleError(Exception):
    """The API gave no answer; the message is for the person at the page.

    Attributes:
        may_pass: whether the same question may be answered later.
        retry_after_s: when asking again makes sense, seconds.
    """

    def __init__(self, message: str, *, may_pass: bool, retry_after_s: float = 1.0) -> None:
        super().__init__(message)
        self.may_pass = may_pass
        self.retry_after_s = retry_after_s


class ApiClient:
    """Asks the API. One client serves all users; it is safe among threads."""

    def __init__(self, settings: UiSettings) -> None:
        key = settings.api_key
        self.url = settings.api_url.rstrip("/")
        self._client = httpx.Client(
            base_url=self.url,
            timeout=httpx.Timeout(settings.api_wait_s, connect=5),
            headers={"Authorization": f"Bearer {key.get_secret_value()}"} if key else {},
            limits=httpx.Limits(max_connections=settings.max_users),
            trust_env=False,
        )

    def predict(self, title: str, content: str) -> dict[str, Any]:
        """Judge one review; give what `POST /predict` gives."""
        return self._ask("POST", "/predict", _review(title, content))

    def explain(self, title: str, content: str) -> dict[str, Any]:
        """Judge one review and say which words drove that; give what `POST /explain` gives."""
        return self._ask("POST", "/explain", _review(title, content))

    def predict_batch(
        self, texts: Sequence[str], request_id: str
    ) -> tuple[list[dict[str, Any]], str]:
        """Judge texts; give an answer or a problem for each, in order, and the version of all.

        Requests with the same id are answered by the same version while there is a canary.
        """
        body = {"reviews": [{"content": text} for text in texts]}
        found = self._send("POST", "/predict/batch", body, {"X-Request-ID": request_id})
        answers: list[dict[str, Any]] = found.json()["answers"]
        return answers, found.headers["X-Model-Version"]

    def give_feedback(self, request_id: str, label: str) -> None:
        """Say which label of an answered request is right."""
        self._ask("POST", "/feedback", {"request_id": request_id, "label": label})

    def model(self) -> dict[str, Any]:
        """Give what `GET /model` gives of the version in service."""
        return self._ask("GET", "/model")

    def history(self) -> dict[str, Any]:
        """Give what `GET /model/history` gives of the alias that is served."""
        return self._ask("GET", "/model/history")

    def health(self) -> dict[str, Any]:
        """Give what `GET /health` gives, which only the right key opens."""
        return self._ask("GET", "/health")

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        found: dict[str, Any] = self._send(method, path, body).json()
        return found

    def _send(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        try:
            answer = self._client.request(method, path, json=body, headers=headers)
        except httpx.TimeoutException as error:
            raise ApiTroubleError(
                f"The API at {self.url} did not answer in time. Try again.", may_pass=True
            ) from error
        except httpx.HTTPError as error:
            raise ApiTroubleError(
                f"The API at {self.url} cannot be reached. Nothing you entered is lost: "
                "try again when it is back.",
                may_pass=True,
            ) from error
        if answer.is_success:
            return answer
        raise _trouble(answer, self.url)


def _review(title: str, content: str) -> dict[str, str]:
    return {"content": content} | ({"title": title} if title.strip() else {})


def _trouble(answer: httpx.Response, url: str) -> ApiTroubleError:
    if answer.status_code in (401, 403):
        return ApiTroubleError(
            f"The API at {url} does not accept the page's key. Whoever runs the page must set "
            "VOXPOP_UI_API_KEY to a key of the API (voxpop api-key new).",
            may_pass=False,
        )
    try:
        problem = answer.json()
        told = str(problem.get("detail") or problem.get("title") or "")
    except ValueError:  # something else answers there
        told = ""
    told = told or f"The API at {url} answered with status {answer.status_code}."
    passing = answer.status_code in (408, 429, 500, 502, 503, 504)
    try:
        wait_s = float(answer.headers.get("Retry-After", 1.0))
    except ValueError:
        wait_s = 1.0
    return ApiTroubleError(told, may_pass=passing, retry_after_s=wait_s)
