"""What every response carries, and which hosts, origins and formats are met.

- A content security policy: nothing from elsewhere, no inline script; and the other headers by which a
  browser keeps a page to itself (OWASP Secure Headers Project). HSTS is for whoever speaks TLS: a proxy.
- The Host header must be a name of this server, so that a page elsewhere can't reach a server on
  loopback under a name of its own (DNS rebinding).
- Pages of other origins may read (CORS) if they are of this machine or the operator named them; at tier
  "public", which holds nothing that its operator wouldn't publish, any page may. None may write.
- A request whose Accept header no answer meets is told so (406). That an answer in JSON of a narrower name
  (application/geo+json) was given for application/json is no reason.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import urlsplit

from flask import Flask, Request, Response, current_app
from flask_cors.core import get_cors_options, set_cors_headers
from werkzeug.exceptions import HTTPException, MisdirectedRequest, NotAcceptable

from service.settings import Settings, is_address, is_loopback
from service.steps import After, Before

__all__ = ["add_cors", "add_headers", "is_write", "refuse_other_formats", "refuse_other_names"]

#: Pages of this machine, whatever their port (RFC 6454, 6.2).
_OWN_PAGES = re.compile(r"https?://(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?\Z", re.I)
#: What a page may read of an answer beside the body and the headers that CORS always shows.
_SHOWN = ("Content-Disposition", "ETag", "Link", "Retry-After", "X-Request-ID")
#: What every response carries. Swagger UI sets style attributes and has icons in data: addresses.
_CARRIED = (
    (
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),  # for what asks without CORS: <img>, <script>
    (
        "Permissions-Policy",
        "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), "
        "gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()",
    ),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Permitted-Cross-Domain-Policies", "none"),
)
#: Says the same as X-Frame-Options, which has no word for the card that OpenRefine frames.
_UNFRAMED = "frame-ancestors 'none'"
#: The routes that change something.
_WRITES = frozenset({"incidents.store", "incidents.delete"})
#: How long a browser may remember what it was told it may ask; two hours is the most that browsers keep.
_PREFLIGHT_AGE_S = 7200


def is_write(endpoint: str | None) -> bool:
    """Tell whether a route changes something; by POST, a question too long for an address is only asked."""
    return endpoint in _WRITES


def add_headers(_: Request, response: Response) -> Response:
    """Set what every response carries, where the route hasn't set it; a step after each request."""
    headers = response.headers
    present = {name.lower() for name, _ in headers}
    headers.extend([pair for pair in _CARRIED if pair[0].lower() not in present])
    if "content-security-policy" not in present or _UNFRAMED in headers["Content-Security-Policy"]:
        headers["X-Frame-Options"] = "DENY"  # for browsers that don't know the policy
    return response


def refuse_other_names(settings: Settings) -> Before:
    """Return the step that answers only requests for a name of this server."""
    bound_here = is_loopback(settings.host)

    @lru_cache(maxsize=64)
    def is_ours(host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        # An address can't be rebound: it is what the browser connected to.
        return is_loopback(name) or name in settings.allowed_hosts or (not bound_here and is_address(name))

    def check(request: Request) -> None:
        host = request.environ.get("HTTP_HOST") or request.host
        if not is_ours(host):
            raise MisdirectedRequest(
                f"this server doesn't answer to {host[:100]!r}: ask for localhost, or start gazetteer-serve "
                "with --allowed-host and the name that it is reached by"
            )

    return check


def refuse_other_formats(respond: Callable[[HTTPException], Response]) -> After:
    """Return the step that answers 406 where the answer is in no format that the request accepts.

    What was written is written, so the answer to a write is sent as it is, and so is a problem. A format
    that the address names counts for more than the header, which browsers fill in by themselves.
    """

    def check(request: Request, response: Response) -> Response:
        accepted = request.environ.get("HTTP_ACCEPT", "*/*")
        if accepted in ("*/*", "") or "format" in request.args:
            return response
        if response.status_code != 200 or is_write(request.endpoint):
            return response
        given = response.mimetype or ""
        wanted = request.accept_mimetypes
        if wanted[given] or (given.endswith("+json") and wanted["application/json"]):
            return response
        response.close()
        return respond(NotAcceptable(f"this is given as {given}, which the Accept header doesn't take"))

    return check


def add_cors(app: Flask, settings: Settings) -> After:
    """Return the step that lets pages of other origins read."""
    origins: list[re.Pattern[str]] | str = "*"
    if settings.tier != "public":
        named = (re.compile(re.escape(origin) + r"\Z", re.I) for origin in settings.allow_origins)
        origins = [_OWN_PAGES, *named]
    options = get_cors_options(
        app,
        {
            "origins": origins,
            "methods": ["GET", "HEAD", "POST", "OPTIONS"],
            "expose_headers": list(_SHOWN),
            "max_age": _PREFLIGHT_AGE_S,
            "send_wildcard": True,
            "vary_header": False,  # the application says what answers vary by
        },
    )

    def add(request: Request, response: Response) -> Response:
        if "HTTP_ORIGIN" in request.environ and not is_write(_endpoint_asked_for(request)):
            set_cors_headers(response, options)
        return response

    return add


def _endpoint_asked_for(request: Request) -> str | None:
    """Return the endpoint of a request, or of the one that a browser asks leave for."""
    method = request.headers.get("Access-Control-Request-Method")
    if request.method != "OPTIONS" or method is None:
        return request.endpoint
    adapter = current_app.create_url_adapter(request)
    try:
        return str(adapter.match(method=method)[0]) if adapter else None
    except HTTPException:  # no route takes this method here
        return None
