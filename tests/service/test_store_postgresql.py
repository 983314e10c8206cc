"""What a PostgreSQL server with PostGIS brings with it, beside what every incident store promises."""

import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from gazetteer.errors import InputError
from gazetteer.geodesy import LatLon
from gazetteer.incidents import Incident
from service import databases
from service.databases import StoreError
from service.store import IncidentStore
from tests.postgis import PASSWORD, Cluster
from tests.service.test_store import held, ids_in, incidents, put


@pytest.fixture
def server(postgis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[IncidentStore]:
    """Return a store with one incident, whose server isn't waited for as long as in earnest."""
    for name, seconds in {"_CONNECT_S": 2.0, "_STATEMENT_S": 2.0, "_SILENT_S": 2.0}.items():
        monkeypatch.setattr(databases, name, seconds)
    store = IncidentStore(postgis_url)
    put(store, incidents("a"))
    yield store
    store.close()


@pytest.fixture
def cluster(postgis_cluster: Cluster) -> Cluster:
    return postgis_cluster


def test_the_layer_that_qgis_opens_has_each_point_and_an_index(
    server: IncidentStore, cluster: Cluster
) -> None:
    put(server, [*incidents("a", position=LatLon(35.1, 36.7)), *incidents("b", position=None)])
    points = "SELECT id, ST_X(geom), ST_Y(geom), ST_SRID(geom) FROM conflict_gazetteer.incidents ORDER BY id"
    assert ["a|36.7|35.1|4326", "b|||"] == cluster.sql(points).split()
    indexes = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'conflict_gazetteer'"
    assert "USING gist (geom)" in cluster.sql(indexes)
    layer = "SELECT type, srid FROM geometry_columns WHERE f_table_name = 'incidents'"
    assert "POINT|4326" == cluster.sql(layer)


def test_a_server_that_was_restarted_is_used_again(server: IncidentStore, cluster: Cluster) -> None:
    for use in (
        server.change,
        lambda: held(server),
        server.check_writable,
        lambda: put(server, incidents("a", "b")),
        lambda: server.delete(owner="k", ids=["b"]),
    ):
        with ThreadPoolExecutor(3) as pool:  # so that several connections are kept
            list(pool.map(lambda _: held(server), range(3)))
        cluster.restart()
        use()
    assert ["a"] == ids_in(server)


def test_while_a_server_is_down_every_use_says_so(server: IncidentStore, cluster: Cluster) -> None:
    cluster.stop()
    try:
        for use in (server.change, lambda: held(server), server.check_writable, lambda: put(server, [])):
            with pytest.raises(StoreError, match=r"Connection refused; see that its server runs"):
                use()
    finally:
        cluster.start()
    assert ["a"] == ids_in(server)


@pytest.mark.parametrize("end", ["restart", "hang"])
def test_a_write_that_the_server_s_end_cuts_off_changes_nothing(
    server: IncidentStore, cluster: Cluster, end: str
) -> None:
    def cut_off() -> Iterator[Incident]:
        yield from incidents("b")
        getattr(cluster, end)()
        yield from incidents("c")

    before = server.read_since(0)
    try:
        with pytest.raises(StoreError, match="can't be used"):
            put(server, cut_off())
    finally:
        cluster.go_on()
    assert before == server.read_since(0)


def test_a_server_that_hangs_is_not_waited_for_without_end(server: IncidentStore, cluster: Cluster) -> None:
    cluster.hang()
    try:
        for use in (server.change, lambda: held(server), lambda: server.delete(owner="k", ids=["a"])):
            with pytest.raises(
                StoreError, match=r"can't be used: (the server doesn't answer|connection timeout)"
            ):
                use()
    finally:
        cluster.go_on()
    assert ["a"] == ids_in(server)


def test_a_commit_without_an_answer_is_not_tried_again_and_says_that_nobody_knows(
    server: IncidentStore, cluster: Cluster
) -> None:
    commits = []

    def cut(_: object) -> None:
        commits.append("COMMIT")
        cluster.restart()

    sa.event.listen(server._database.writes, "commit", cut)
    with pytest.raises(StoreError, match="whether it was isn't known: send the same once more"):
        put(server, incidents("b"))
    assert ["COMMIT"] == commits
    sa.event.remove(server._database.writes, "commit", cut)
    put(server, incidents("b"))
    assert ["a", "b"] == ids_in(server)


def test_a_database_without_postgis_is_refused_with_what_to_do(cluster: Cluster) -> None:
    cluster.sql("CREATE DATABASE plain")
    store = IncidentStore(cluster.url_of("plain"))
    assert 0 == store.change()
    for use in (store.check_writable, lambda: put(store, incidents("a"))):
        with pytest.raises(StoreError, match="has no PostGIS: let its administrator run CREATE EXTENSION"):
            use()
    store.close()


def test_a_role_that_owns_its_database_can_keep_a_store_wherever_postgis_lies(cluster: Cluster) -> None:
    cluster.sql("CREATE DATABASE owned OWNER guarded")
    cluster.sql(
        'CREATE SCHEMA "GIS"; CREATE EXTENSION postgis SCHEMA "GIS"; GRANT USAGE ON SCHEMA "GIS" TO guarded',
        database="owned",
    )
    store = IncidentStore(cluster.url_of("owned", user="guarded", password=PASSWORD))
    store.check_writable()
    assert 0 == store.change()
    put(store, incidents("a"))
    assert ["a"] == ids_in(store)
    store.close()


def test_a_role_that_may_only_read_reads_and_is_not_ready_to_write(
    server: IncidentStore, cluster: Cluster
) -> None:
    cluster.sql(
        "GRANT USAGE ON SCHEMA conflict_gazetteer TO guarded;"
        "GRANT SELECT ON ALL TABLES IN SCHEMA conflict_gazetteer TO guarded"
    )
    reader = IncidentStore(cluster.url_of("incidents", user="guarded", password=PASSWORD))
    assert server.read_since(0) == reader.read_since(0)
    for use in (reader.check_writable, lambda: put(reader, incidents("b"))):
        with pytest.raises(StoreError, match="permission denied"):
            use()
    reader.close()


def test_what_is_acknowledged_is_on_the_disk_whatever_the_server_does_for_others(
    server: IncidentStore, cluster: Cluster
) -> None:
    cluster.sql("ALTER DATABASE incidents SET synchronous_commit = off")
    try:
        server.close()
        with server._writes() as connection:
            assert "on" == connection.exec_driver_sql("SHOW synchronous_commit").scalar()
    finally:
        cluster.sql("ALTER DATABASE incidents RESET synchronous_commit")


def test_a_dump_brings_back_the_whole_store(server: IncidentStore, cluster: Cluster) -> None:
    before = server.read_since(0)
    database = ("-h", "127.0.0.1", "-p", str(cluster.port), "-U", "gazetteer", "-d", "incidents")
    cluster.run("pg_dump", *database, "-n", "conflict_gazetteer", "-Fc", "-f", "dump")
    put(server, incidents("lost"))
    since = server.change()
    cluster.sql("DROP SCHEMA conflict_gazetteer CASCADE")
    cluster.run("pg_restore", *database, "--single-transaction", "dump")
    assert before == server.read_since(since)
    put(server, incidents("b"))
    assert ["a", "b"] == ids_in(server)


@pytest.mark.usefixtures("postgis_url")
def test_what_is_wrong_with_an_address_is_said_in_a_sentence_without_the_password(cluster: Cluster) -> None:
    for user, password, database, words in (
        ("guarded", "wr/ong", "incidents", "password authentication failed"),
        ("guarded", "", "incidents", "no password supplied"),
        ("guarded", PASSWORD, "incidents", "permission denied"),  # to make a schema
        ("nobody", "", "incidents", 'role "nobody" does not exist'),
        ("gazetteer", "", "nothing", 'database "nothing" does not exist'),
    ):
        url = cluster.url_of(database, user=user, password=password)
        store = IncidentStore(url)
        with pytest.raises(StoreError, match=words) as caught:
            put(store, incidents("a"))
        assert "PGPASSWORD" in str(caught.value)
        assert "\n" not in str(caught.value)
        shown = "".join([str(store), repr(store), *traceback.format_exception(caught.value)])
        assert not password or (password not in shown and url.split(":")[2].split("@")[0] not in shown)
        store.close()


def test_an_address_that_can_not_be_read_is_refused_without_quoting_it() -> None:
    for url in ("postgresql://me:se@cret@localhost/x", "postgresql://localhost:cret/x"):
        with pytest.raises(InputError, match="write it as postgresql://USER@HOST:PORT/DATABASE") as caught:
            IncidentStore(url)
        assert "cret" not in "".join(traceback.format_exception(caught.value))


def test_an_address_is_shown_without_its_password() -> None:
    for address, shown in {
        "postgres://me:secret@db.example.org:5433/x?sslmode=require": "me@db.example.org:5433/x",
        "postgresql:///x?host=/run/postgresql&password=secret": "/x",
        "postgresql://a%40b:s%40@[::1]/x": "a%40b@[::1]/x",
        "postgresql://me:se/cret:#@localhost/x": "me@localhost/x",
    }.items():
        assert f"postgresql://{shown}" == str(IncidentStore(address))
