"""How tests are shared out to the workers of pytest-xdist: a file at a time, what takes longest first.

Tests of one file share what is made for it. Where several files share a server or a browser, one worker gets
them all: it is started once, and what a test does to it is never seen by another at the same time.
"""

import os
from typing import Any

import pytest

#: What takes longest, longest first: files, and folders whose tests share a server or a browser.
LONGEST = (
    "tests/test_accuracy.py",
    "tests/faults/test_server_faults.py",
    "tests/clients/",
    "tests/test_docs.py",
    "tests/service/harm/test_every_route_and_format.py",
    "tests/service/browser/",
    "tests/service/test_store.py",
    "tests/service/test_store_postgresql.py",
    "tests/faults/test_build_faults.py",
    "tests/faults/test_store_faults.py",
    "tests/faults/test_enrich_faults.py",
    "tests/faults/test_upload_faults.py",
    "tests/geodata/test_upstream_numbers.py",
    "tests/gazetteer/enrich/test_running.py",
    "tests/service/test_conformance.py",
    "tests/service/harm/test_attacks.py",
)
#: Those of them whose tests share nothing: they are given out one by one.
SHARING_NOTHING = ("tests/test_docs.py",)


def place_in_order(nodeid: str) -> int:
    return next((place for place, name in enumerate(LONGEST) if nodeid.startswith(name)), len(LONGEST))


def done_with(nodeid: str) -> str:
    """Return the name of the tests that a test is done together with."""
    file, place = nodeid.partition("::")[0], place_in_order(nodeid)
    if file in SHARING_NOTHING:
        return nodeid
    return file if place == len(LONGEST) else LONGEST[place]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Say how many "auto" is: at least two, for tests wait a lot; at most four, for each takes a gigabyte."""
    return min(max(os.cpu_count() or 1, 2), 4)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Share out in this way, unless another is asked for with --dist."""
    if config.getoption("dist") != "load":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class SideBySide(LoadScopeScheduling):  # type: ignore[misc] # xdist ships no types
        def _split_scope(self, nodeid: str) -> str:
            return done_with(nodeid)

    config.option.loadscopereorder = False  # it would put first what has many tests, however short
    return SideBySide(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let workers begin with what takes longest, lest it is left for one of them alone at the end."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: place_in_order(item.nodeid))
