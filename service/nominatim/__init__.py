"""Nominatim's `/search`, `/reverse` and `/status` for its clients; `docs/geopy.md` says what differs."""
