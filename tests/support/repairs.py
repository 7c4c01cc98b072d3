"""Repairs, as the page uses them."""

from typing import Any

from aiohttp.test_utils import TestClient
from homeassistant.helpers import issue_registry as ir

URL = "/api/repairs/issues/fix"


async def begin_repair(client: TestClient[Any, Any], issue: ir.IssueEntry) -> dict[str, Any]:
    """Start the repair of an issue and return its first step."""
    return await _post(client, URL, {"handler": issue.domain, "issue_id": issue.issue_id})


async def continue_repair(client: TestClient[Any, Any], step: dict[str, Any], **answer: str) -> dict[str, Any]:
    """Answer a step of a repair and return the next one."""
    return await _post(client, f"{URL}/{step['flow_id']}", answer)


async def _post(client: TestClient[Any, Any], url: str, body: dict[str, str]) -> dict[str, Any]:
    step: dict[str, Any] = await (await client.post(url, json=body)).json()
    return step
