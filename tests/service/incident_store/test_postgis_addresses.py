"""Addresses of databases: what is wrong with one is said, and its password never."""

import traceback

import pytest

from gazetteer.errors import InputError
from service.incident_store import StoreError
from service.incident_store.postgis import PostgisStore
from tests.ports import free_port
from tests.postgis import PASSWORD, Cluster
from tests.service.incident_store.contract import incidents


@pytest.mark.parametrize(
    ("user", "password", "database", "words"),
    [
        ("guarded", "wr/ong", "incidents", "password authentication failed"),
        ("guarded", "", "incidents", "no password supplied"),
        ("nobody", "", "incidents", 'role "nobody" does not exist'),
        ("gazetteer", "", "nothing", 'database "nothing" does not exist'),
    ],
)
def test_what_is_wrong_with_an_address_is_said_in_a_sentence(
    postgis_cluster: Cluster, user: str, password: str, database: str, words: str
) -> None:
    store = PostgisStore(postgis_cluster.url_of(database, user=user, password=password))
    with pytest.raises(StoreError, match=words) as caught:
        store.generation()
    assert "PGPASSWORD" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not password or password not in "".join(traceback.format_exception(caught.value))


def test_a_host_that_is_not_there_is_named(postgis_cluster: Cluster) -> None:
    port = free_port()
    with pytest.raises(StoreError, match=f"127.0.0.1:{port}/x can't be used.*Connection refused"):
        PostgisStore(f"postgresql://me@127.0.0.1:{port}/x").check_writable()


@pytest.mark.usefixtures("postgis_url")
def test_a_password_in_the_address_is_used_and_never_shown(postgis_cluster: Cluster) -> None:
    url = postgis_cluster.url_of("incidents", user="guarded", password=PASSWORD)
    store = PostgisStore(url)
    assert 0 == store.generation()
    with pytest.raises(StoreError, match="permission denied") as caught:  # to make a schema
        store.upsert(incidents("a"), source="x")
    shown = [str(store), repr(store), repr(store.connections.address), str(caught.value)]
    shown += traceback.format_exception(caught.value)
    for secret in (PASSWORD, url.partition("guarded:")[2].partition("@")[0]):
        assert not any(secret in text for text in shown)
    assert f"postgresql://guarded@127.0.0.1:{postgis_cluster.port}/incidents" == str(store)
    store.connections.close()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:se@cret@localhost/x",
        "postgresql://me:se/cret@localhost/x",
        "postgresql://me:se%cret@localhost/x",
        "postgresql://me:s:e/cret@localhost/x",
        "postgresql://localhost:port/x",
        "postgresql://localhost/x?nothing=cret",
        "postgresql://[localhost/x",
    ],
)
def test_an_address_that_can_not_be_read_is_refused_without_quoting_it(url: str) -> None:
    with pytest.raises(InputError, match="write it as postgresql://USER@HOST:PORT/DATABASE") as caught:
        PostgisStore(url)
    assert "cret" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (
            "postgres://me:secret@db.example.org:5433/x?sslmode=require",
            "postgresql://me@db.example.org:5433/x",
        ),
        ("postgresql:///x?host=/run/postgresql&password=secret", "postgresql://%2Frun%2Fpostgresql/x"),
        ("postgresql://a%40b:s%40@[::1]/x", "postgresql://a%40b@::1/x"),
        ("postgresql://h1:1,h2:2/x", "postgresql://h1,h2:1,2/x"),
        ("postgresql://", "postgresql:///"),
        ("postgresql://me:se?cret:#@localhost/x", "postgresql://me@localhost/x"),
    ],
)
def test_an_address_is_shown_without_its_password(url: str, shown: str) -> None:
    assert shown == str(PostgisStore(url))
