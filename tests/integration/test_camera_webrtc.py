"""WebRTC: a provider such as go2rtc requests the stream source at each offer and gets our live view."""

from typing import override

from homeassistant.components.camera import Camera
from homeassistant.components.camera.const import DATA_COMPONENT
from homeassistant.components.camera.webrtc import (
    CameraWebRTCProvider,
    WebRTCAnswer,
    WebRTCSendMessage,
    async_register_webrtc_provider,
)
from homeassistant.core import HomeAssistant, callback
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator
from webrtc_models import RTCIceCandidateInit
from yarl import URL

from simulator import Simulator
from tests.support.not_none import not_none

CAMERA = "camera.harbor_house_lobby"


class Provider(CameraWebRTCProvider):
    """A provider that works like go2rtc: it accepts HTTP sources and requests the source at each offer."""

    def __init__(self) -> None:
        self.sources: list[str | None] = []

    @property
    @override
    def domain(self) -> str:
        return "go2rtc"

    @callback
    @override
    def async_is_supported(self, stream_source: str) -> bool:
        return stream_source.partition(":")[0] in {"http", "https", "rtsp"}

    @override
    async def async_handle_async_webrtc_offer(
        self, camera: Camera, offer_sdp: str, session_id: str, send_message: WebRTCSendMessage
    ) -> None:
        self.sources.append(await camera.stream_source())
        send_message(WebRTCAnswer(answer="answer"))

    @override
    async def async_on_webrtc_candidate(self, session_id: str, candidate: RTCIceCandidateInit) -> None:
        raise NotImplementedError


async def test_each_offer_gets_our_live_view(
    hass: HomeAssistant,
    sim: Simulator,
    loaded: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    sim.counters.reset()
    provider = Provider()
    async_register_webrtc_provider(hass, provider)
    await hass.async_block_till_done()
    # Registering a provider causes no traffic.
    assert sim.counters.requests.total() == 0
    capabilities = not_none(hass.data[DATA_COMPONENT].get_entity(CAMERA)).camera_capabilities
    assert {str(kind) for kind in capabilities.frontend_stream_types} == {"hls", "web_rtc"}

    socket = await hass_ws_client(hass)
    for number in (1, 2):
        await socket.send_json_auto_id({"type": "camera/webrtc/offer", "entity_id": CAMERA, "offer": "v=0"})
        assert (await socket.receive_json())["success"]
        assert (await socket.receive_json())["event"]["type"] == "session"
        assert (await socket.receive_json())["event"] == {"type": "answer", "answer": "answer"}
        assert len(provider.sources) == number
    first, second = provider.sources
    assert first == second

    client = await hass_client_no_auth()
    path = URL(first or "").path_qs
    async with client.get(path) as go2rtc, client.get(path) as worker:
        assert (await go2rtc.content.readany()).startswith(b"FLV")
        assert (await worker.content.readany()).startswith(b"FLV")
        assert sim.counters.live_streams_started == 1
