"""Redirects are followed within limits (Protocol D.21)."""

from datetime import timedelta

from aiocarson import (
    EagleEye,
    InvalidResponseError,
)
from aiohttp import web
import pytest

from simulator import Simulator

from ..conftest import LOBBY, ScriptedServer

JPEG = b"\xff\xd8\xff\xe0 picture\xff\xd9"


def redirect(location: str, status: int = 301) -> web.Response:
    return web.Response(status=status, headers={"Location": location})


class TestRedirects:
    """Redirects are followed by the client itself, within limits (Protocol D.21)."""

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    async def test_redirect_within_the_domain_keeps_the_cookie(
        self, sim: Simulator, harbor: EagleEye, status: int
    ) -> None:
        sim.faults.add("image", "redirect", status=status, times=1)
        still = await harbor.get_still(LOBBY)
        assert still.content
        first, second = list(sim.counters.log)[-2:]
        assert second.path == "/eagle_eye/c099/asset/prev/image.jpeg"
        assert second.query == first.query
        assert second.headers["cookie"] == first.headers["cookie"]

    async def test_redirect_of_a_live_view(self, sim: Simulator, harbor: EagleEye) -> None:
        sim.faults.add("live", "redirect", times=1)
        async with harbor.live(LOBBY, duration=timedelta(seconds=1)) as stream:
            assert await anext(stream)
        assert sim.counters.log[-1].query["end_timestamp"] == "+1000"

    async def test_three_redirects_are_followed(self, scripted: ScriptedServer, scripted_harbor: EagleEye) -> None:
        for number in range(3):
            scripted.then(redirect(f"/c000/{number}"))
        scripted.then(web.Response(body=JPEG))
        assert (await scripted_harbor.get_still(LOBBY)).content == JPEG
        assert [request.path for request in scripted.requests] == [
            "/c000/asset/prev/image.jpeg",
            "/c000/0",
            "/c000/1",
            "/c000/2",
        ]

    async def test_fourth_redirect_is_not_followed(self, scripted: ScriptedServer, scripted_harbor: EagleEye) -> None:
        scripted.then(redirect("/c000/again"))
        with pytest.raises(InvalidResponseError, match="more than 3 redirects"):
            await scripted_harbor.get_still(LOBBY)
        assert len(scripted.requests) == 4

    async def test_redirect_to_another_origin_is_not_followed(
        self, scripted: ScriptedServer, elsewhere: ScriptedServer, scripted_harbor: EagleEye
    ) -> None:
        elsewhere.then(web.Response(body=JPEG))
        scripted.then(redirect(elsewhere.url + "/asset"))
        with pytest.raises(InvalidResponseError, match="redirect that is not allowed"):
            await scripted_harbor.get_still(LOBBY)
        with pytest.raises(InvalidResponseError, match="redirect that is not allowed"):
            async with scripted_harbor.live(LOBBY):
                pass
        assert elsewhere.requests == []

    @pytest.mark.parametrize(
        "location",
        ["", "https://127.0.0.1/", "//example.com/x", "ftp://127.0.0.1/", "http://[bad", "mailto:x@example.com"],
    )
    async def test_invalid_targets_are_not_followed(
        self, scripted: ScriptedServer, scripted_harbor: EagleEye, location: str
    ) -> None:
        scripted.then(redirect(location))
        with pytest.raises(InvalidResponseError, match="redirect that is not allowed"):
            await scripted_harbor.get_still(LOBBY)
        assert len(scripted.requests) == 1

    async def test_key_in_the_target_is_removed(self, scripted: ScriptedServer, scripted_harbor: EagleEye) -> None:
        scripted.then(redirect("/c001/x?timestamp=%2B5&A=c000~stale#part")).then(web.Response(body=JPEG))
        await scripted_harbor.get_still(LOBBY)
        assert scripted.requests[1].raw_path == "/c001/x?timestamp=%2B5"
        assert scripted.requests[1].cookies["auth_key"].startswith("c000~")
