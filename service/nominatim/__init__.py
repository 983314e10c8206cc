"""The shape of Nominatim's `/search`, `/reverse` and `/status`, so that its clients work unchanged.

What differs from a Nominatim server, and why, is in `docs/geopy.md`.
"""
