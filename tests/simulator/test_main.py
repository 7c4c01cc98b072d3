"""Tests of `python -m simulator`."""

import asyncio
import json
import os
from pathlib import Path
import signal
import sys

import aiohttp
import pytest

from tests.support.http_client import TIMEOUT


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
async def test_command_line(end: signal.Signals) -> None:
    root = Path(__file__).parents[2]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulator", "--port", "0", "--seed", "1", "--delay", "0.01"),
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        async with asyncio.timeout(TIMEOUT), aiohttp.ClientSession() as session:
            urls = json.loads(await process.stdout.readline())
            assert set(urls) == {"url", "api_url", "eagle_eye_url"}
            async with session.post(
                f"{urls['url']}/_control/token", json={"email": "resident@example.com"}
            ) as response:
                token = (await response.json())["token"]
            headers = {"Authorization": f"JWT {token}"}
            async with session.post(f"{urls['api_url']}/v1.4.4/doors/7002/open/", headers=headers) as response:
                assert response.status == 200
            line = (await process.stdout.readline()).decode()
            assert line.startswith("Opened Garage Gate in Harbor House at ")
            process.send_signal(end)
            assert await process.wait() == 0
            assert await process.stderr.read() == b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
