"""Nominatim's `/search`, `/reverse`, `/lookup` and `/status`; `docs/geopy.md` says what differs."""
