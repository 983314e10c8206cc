"""The shape of Nominatim's `/search`, `/reverse` and `/status`, so that its clients work unchanged."""

from service.nominatim.routes import nominatim_routes

__all__ = ["nominatim_routes"]
