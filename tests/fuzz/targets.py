"""Every fuzz target by its name, which is that of its folder in the corpus."""

from tests.fuzz import http_requests, tables, texts
from tests.fuzz.target import Target

TARGETS: dict[str, Target] = {**texts.TARGETS, **tables.TARGETS, **http_requests.TARGETS}
