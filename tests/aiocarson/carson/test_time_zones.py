"""Loading of time zones by name."""

from zoneinfo import ZoneInfo

from aiocarson.carson.time_zones import TimeZones

NEW_YORK = ZoneInfo("America/New_York")
LOS_ANGELES = ZoneInfo("America/Los_Angeles")


async def test_first_existing_time_zone_is_used() -> None:
    zones = TimeZones(LOS_ANGELES)
    await zones.load("America/New_York", "No/Such", "../etc/passwd", None)
    assert zones.first(None, "America/New_York") == NEW_YORK
    assert zones.first("No/Such", "America/New_York") == NEW_YORK
    assert zones.first("No/Such", "../etc/passwd") == LOS_ANGELES
