"""Repairs, as the page uses them."""

from typing import Any

from aiohttp.test_utils import TestClient
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

URL = "/api/repairs/issues/fix"

SEEDED = frozenset({"cameras_refused", "cameras_of_others"})
"""The issues of the simulated Harbor House itself: it has a camera without pictures, and one of another provider."""


def active_issues(hass: HomeAssistant) -> list[ir.IssueEntry]:
    """Return the active issues, except for those that the simulated building always has."""
    return [
        issue
        for issue in ir.async_get(hass).issues.values()
        if issue.active and not (issue.domain == "carson" and issue.translation_key in SEEDED)
    ]


def carson_issues(hass: HomeAssistant) -> dict[str, ir.IssueEntry]:
    """Return our active issues by their kind."""
    return {str(issue.translation_key): issue for issue in active_issues(hass) if issue.domain == "carson"}


async def begin_repair(client: TestClient[Any, Any], issue: ir.IssueEntry) -> dict[str, Any]:
    """Start the repair of an issue and return its first step."""
    return await _post(client, URL, {"handler": issue.domain, "issue_id": issue.issue_id})


async def continue_repair(client: TestClient[Any, Any], step: dict[str, Any], **answer: str) -> dict[str, Any]:
    """Answer a step of a repair and return the next one."""
    return await _post(client, f"{URL}/{step['flow_id']}", answer)


async def _post(client: TestClient[Any, Any], url: str, body: dict[str, str]) -> dict[str, Any]:
    step: dict[str, Any] = await (await client.post(url, json=body)).json()
    return step
