"""Fixtures: cameras at the simulator, and at a scripted server."""

from aiocarson import (
    Carson,
    EagleEye,
)
import pytest

from simulator import Simulator

from ..conftest import EMAIL, PASSWORD, MakeCarson, ScriptedServer


@pytest.fixture
def harbor(carson: Carson) -> EagleEye:
    return carson.eagle_eye("501")


@pytest.fixture
def scripted_harbor(sim: Simulator, scripted: ScriptedServer, make_carson: MakeCarson) -> EagleEye:
    """Carson is the simulator's, Eagle Eye the test's."""
    carson = make_carson(email=EMAIL, password=PASSWORD, eagle_eye_url=scripted.url + "/{subdomain}")
    return carson.eagle_eye("501")
