"""Carson's own API: account, buildings, doors and amenities (Protocol part A)."""
