"""An application with five incidents, and the embedded default."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gazetteer import Gazetteer
from service.app import create_app
from service.settings import Settings
from tests.fakes import FakeGazetteer

TABLE = """id,date,place,governorate
a,2016-05-30,Idlib,Idleb
b,2016-05-31,Aleppo,Aleppo
c,2016-06-20,Kafranbel,Idleb
d,2016-05-31,Nowhere,Idleb
e,,Idlib,Idleb
"""


@pytest.fixture(scope="session")
def _app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    path = tmp_path_factory.mktemp("service") / "incidents.csv"
    path.write_text(TABLE, encoding="utf-8")
    return create_app(Settings(incidents=path), FakeGazetteer())


@pytest.fixture
def client(_app: Flask) -> FlaskClient:
    return _app.test_client()


@pytest.fixture(scope="session")
def default() -> Iterator[Gazetteer]:
    with Gazetteer.open() as gazetteer:
        yield gazetteer
