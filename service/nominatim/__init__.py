"""The shape of Nominatim's `/search`, `/reverse` and `/status`, so that its clients work unchanged.

What differs from a Nominatim server, and why, is in `docs/geopy.md`; the rule for uncertain spellings is
told in :mod:`service.nominatim.search`.
"""

from service.nominatim.routes import nominatim_routes

__all__ = ["nominatim_routes"]
