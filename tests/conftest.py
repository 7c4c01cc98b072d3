"""What holds for all tests."""

from hypothesis import settings

# A busy machine is no bug, and a failure must be the same failure when it is looked at again.
settings.register_profile("carson", deadline=None, derandomize=True)
settings.load_profile("carson")
