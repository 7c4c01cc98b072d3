"""Models of doors: the access system behind a door, by the name that its maker gives it."""

from .text import shortened

# Carson's help pages name these systems; of their values in the account, only smartair has been seen (Protocol A.4).
_NAMES = {"brivo": "Brivo", "dormakaba": "dormakaba", "salto": "Salto", "smartair": "SMARTair"}


def door_model_id(provider: str | None) -> str | None:
    """Return the access system of a door, as its device shows it; an unknown one as Carson sends it, in plain words."""
    words = (provider or "").replace("_", " ").split()
    return shortened(" ".join(_NAMES.get(word.casefold(), word) for word in words)) or None
