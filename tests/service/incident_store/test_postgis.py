"""The store in PostGIS: the contract, and what a server brings with it."""

import gc
import os
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from gazetteer.errors import InputError
from gazetteer.geodesy import LatLon
from gazetteer.incidents import Incident
from service.incident_store import Changes, StoreError
from service.incident_store.postgis import PostgisStore
from service.incident_store.postgresql import Connection, Limits
from tests.postgis import PASSWORD, Cluster
from tests.service.incident_store.contract import StoreContract, ids_in, incidents, told


class TestPostgisStore(StoreContract):
    @pytest.fixture
    def store(self, postgis_url: str) -> Iterator[PostgisStore]:
        store = PostgisStore(postgis_url)
        yield store
        store.connections.close()

    @pytest.fixture
    def elsewhere(self, postgis_url: str) -> str:
        return (
            f"from service.incident_store.postgis import PostgisStore\nstore = PostgisStore({postgis_url!r})"
        )


@pytest.fixture
def store(postgis_url: str) -> Iterator[PostgisStore]:
    store = PostgisStore(
        postgis_url, limits=Limits(connect_s=2, answer_s=1.0, lock_s=1.0, work_s=3.0, grace_s=0.5)
    )
    yield store
    store.connections.close()


def test_the_layer_that_qgis_opens_has_each_point_and_an_index(
    store: PostgisStore, postgis_cluster: Cluster
) -> None:
    store.upsert([*incidents("a", position=LatLon(35.1, 36.7)), *incidents("b", position=None)], source="x")
    points = "SELECT id, ST_X(geom), ST_Y(geom), ST_SRID(geom) FROM conflict_gazetteer.incidents ORDER BY id"
    assert ["a|36.7|35.1|4326", "b|||"] == postgis_cluster.sql(points).split()
    store.upsert(incidents("a", position=LatLon(36.2, 37.1)), source="x")
    assert "a|37.1|36.2|4326" == postgis_cluster.sql(points).split()[0]
    indexes = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'conflict_gazetteer'"
    assert "USING gist (geom)" in postgis_cluster.sql(indexes)
    layer = "SELECT type, srid FROM geometry_columns WHERE f_table_name = 'incidents'"
    assert "POINT|4326" == postgis_cluster.sql(layer)


def test_asking_and_trying_make_no_tables(store: PostgisStore, postgis_cluster: Cluster) -> None:
    assert (0, (0, ()), 0) == (store.generation(), store.read(), store.delete(ids=["a"]))
    store.check_writable()
    assert Changes(added=1) == store.upsert(incidents("a"), source="x", dry_run=True)
    there = "SELECT count(*) FROM pg_namespace WHERE nspname = 'conflict_gazetteer'"
    assert "0" == postgis_cluster.sql(there)


def test_a_server_that_was_restarted_is_used_again(store: PostgisStore, postgis_cluster: Cluster) -> None:
    store.upsert(incidents("a"), source="x")
    for use in (
        store.generation,
        store.read,
        store.check_writable,
        lambda: store.upsert(incidents("a", "b"), source="x"),
        lambda: store.delete(ids=["b"]),
    ):
        with ThreadPoolExecutor(3) as pool:  # so that several connections are kept
            list(pool.map(lambda _: store.read(), range(3)))
        before = store.generation()
        postgis_cluster.restart()
        use()
        assert store.generation() >= before
    assert ["a"] == ids_in(store)


def test_while_a_server_is_down_every_use_says_so(store: PostgisStore, postgis_cluster: Cluster) -> None:
    store.upsert(incidents("a"), source="x")
    postgis_cluster.stop()
    try:
        for use in (store.generation, store.read, store.check_writable, lambda: store.delete(ids=["a"])):
            with pytest.raises(StoreError, match=r"Connection refused; see that its server runs"):
                use()
    finally:
        postgis_cluster.start()
    assert ["a"] == ids_in(store)


def test_a_write_that_the_server_s_end_cuts_off_changes_nothing(
    store: PostgisStore, postgis_cluster: Cluster
) -> None:
    def cut_off() -> Iterator[Incident]:
        yield from incidents("b")
        postgis_cluster.restart()
        yield from incidents("c")

    store.upsert(incidents("a"), source="x")
    before = store.read()
    with pytest.raises(StoreError, match="can't be used"):
        store.upsert(cut_off(), source="x")
    assert before == store.read()


def test_a_commit_without_an_answer_is_not_tried_again_and_says_that_nobody_knows(
    store: PostgisStore, postgis_cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.upsert(incidents("a"), source="x")
    execute, commits = Connection.execute, []

    def cut(self: Connection, query: str, *args: Any, **options: Any) -> Any:
        if query == "COMMIT":
            commits.append(query)
            postgis_cluster.restart()
        return execute(self, query, *args, **options)

    monkeypatch.setattr(Connection, "execute", cut)
    with pytest.raises(StoreError, match="whether it was isn't known: send the same once more"):
        store.upsert(incidents("b"), source="x")
    assert ["COMMIT"] == commits
    monkeypatch.undo()
    store.upsert(incidents("b"), source="x")
    assert ["a", "b"] == ids_in(store)


def test_a_server_that_hangs_is_not_waited_for_without_end(
    store: PostgisStore, postgis_cluster: Cluster
) -> None:
    store.upsert(incidents("a"), source="x")
    fresh = PostgisStore(postgis_cluster.url, limits=store.connections.limits)
    postgis_cluster.hang()
    try:
        for use in (store.generation, store.read, fresh.generation, lambda: store.delete(ids=["a"])):
            with pytest.raises(StoreError, match="the server doesn't answer"):
                use()
    finally:
        postgis_cluster.go_on()
    assert ["a"] == ids_in(store) == ids_in(fresh)
    fresh.connections.close()


def test_a_server_that_hangs_in_the_middle_of_a_write_is_left_and_the_write_undone(
    store: PostgisStore, postgis_cluster: Cluster
) -> None:
    def hanging() -> Iterator[Incident]:
        yield from incidents("b")
        postgis_cluster.hang()

    store.upsert(incidents("a"), source="x")
    before = store.read()
    try:
        with pytest.raises(StoreError, match="the server doesn't answer"):
            store.upsert(hanging(), source="x")
    finally:
        postgis_cluster.go_on()
    assert before == store.read()


def test_a_write_waits_for_another_only_so_long(store: PostgisStore) -> None:
    store.upsert(incidents("a"), source="x")
    other = PostgisStore(str(store.connections.address))
    with other.connections.transaction("BEGIN") as connection:
        connection.execute("SELECT * FROM conflict_gazetteer.generation FOR UPDATE")
        store.check_writable()  # in a moment it is
        assert ["a"] == ids_in(store)
        for use in (lambda: store.upsert(incidents("b"), source="x"), lambda: store.delete(ids=["a"])):
            with pytest.raises(StoreError, match="another write takes too long"):
                use()
    other.connections.close()
    assert ["a"] == ids_in(store)


def test_a_forked_process_makes_connections_of_its_own(store: PostgisStore) -> None:
    store.upsert(incidents("a"), source="x")
    with store.connections.transaction("BEGIN") as connection:
        mine = connection.info.backend_pid
    if (child := os.fork()) == 0:
        code = 1
        try:
            with store.connections.transaction("BEGIN") as connection:
                assert mine != connection.info.backend_pid
            store.upsert(incidents("b"), source="x")
            store.connections._kept.clear()  # as an interpreter does at its end
            gc.collect()
            code = 0
        finally:
            os._exit(code)
    assert 0 == os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with store.connections.transaction("BEGIN") as connection:
        assert mine == connection.info.backend_pid  # the child's end didn't take it away
    assert ["a", "b"] == ids_in(store)


def test_few_connections_are_kept(store: PostgisStore, postgis_cluster: Cluster) -> None:
    store.upsert(incidents("a"), source="x")
    with ThreadPoolExecutor(12) as pool:
        assert 60 == len(list(pool.map(lambda _: store.read(), range(60))))
    there = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'gazetteer-serve'"
    for _ in range(100):  # a closed one is there for a moment
        if int(postgis_cluster.sql(there)) <= 4:
            break
        time.sleep(0.05)
    assert 0 < int(postgis_cluster.sql(there)) <= 4


def test_a_database_without_postgis_is_refused_with_what_to_do(postgis_cluster: Cluster) -> None:
    postgis_cluster.sql("CREATE DATABASE plain")
    store = PostgisStore(postgis_cluster.url_of("plain"))
    assert 0 == store.generation()
    for use in (store.check_writable, lambda: store.upsert(incidents("a"), source="x")):
        with pytest.raises(StoreError, match="has no PostGIS: let its administrator run CREATE EXTENSION"):
            use()
    store.connections.close()


def test_a_database_that_can_not_hold_arabic_is_refused(postgis_cluster: Cluster) -> None:
    postgis_cluster.sql("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    postgis_cluster.sql("CREATE EXTENSION postgis", database="latin")
    store = PostgisStore(postgis_cluster.url_of("latin"))
    with pytest.raises(StoreError, match="encoding LATIN1"):
        store.upsert(incidents("a"), source="x")
    store.connections.close()


def test_postgis_may_lie_in_a_schema_of_its_own(postgis_cluster: Cluster) -> None:
    postgis_cluster.sql("CREATE DATABASE apart")
    postgis_cluster.sql("CREATE SCHEMA gis; CREATE EXTENSION postgis SCHEMA gis", database="apart")
    store = PostgisStore(postgis_cluster.url_of("apart"))
    store.upsert(incidents("a"), source="x")
    assert ["a"] == ids_in(store)
    store.connections.close()


def test_a_role_that_may_only_read_reads_and_is_not_ready_to_write(
    store: PostgisStore, postgis_cluster: Cluster
) -> None:
    store.upsert(incidents("a"), source="x")
    postgis_cluster.sql(
        "GRANT USAGE ON SCHEMA conflict_gazetteer TO guarded;"
        "GRANT SELECT ON ALL TABLES IN SCHEMA conflict_gazetteer TO guarded"
    )
    reader = PostgisStore(postgis_cluster.url_of("incidents", user="guarded", password=PASSWORD))
    assert store.read() == reader.read()
    with pytest.raises(StoreError, match="its role may only read"):
        reader.check_writable()
    with pytest.raises(StoreError, match="permission denied"):
        reader.upsert(incidents("b"), source="x")
    reader.connections.close()


def test_a_role_without_rights_of_an_administrator_can_keep_a_store(postgis_cluster: Cluster) -> None:
    postgis_cluster.sql("CREATE DATABASE owned OWNER guarded")
    postgis_cluster.sql("CREATE EXTENSION postgis", database="owned")
    store = PostgisStore(postgis_cluster.url_of("owned", user="guarded", password=PASSWORD))
    store.check_writable()
    store.upsert(incidents("a"), source="x")
    assert ["a"] == ids_in(store)
    store.connections.close()


def test_an_id_too_long_for_an_index_is_refused(store: PostgisStore) -> None:
    longest = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=2500))
    assert Changes(added=1) == store.upsert(incidents(longest), source="x" * 9000)
    with pytest.raises(InputError, match="too long for a database"):
        store.upsert(incidents(longest + "a"), source="x")
    assert 1 == store.delete(ids=[longest + "a"], source="x" * 9000)


def test_what_is_acknowledged_is_on_the_disk_whatever_the_server_does_for_others(
    store: PostgisStore, postgis_cluster: Cluster
) -> None:
    postgis_cluster.sql("ALTER DATABASE incidents SET synchronous_commit = off")
    try:
        with store.connections.transaction("BEGIN") as connection:
            assert ("on",) == connection.execute("SHOW synchronous_commit").fetchone()
    finally:
        postgis_cluster.sql("ALTER DATABASE incidents RESET synchronous_commit")


def test_a_dump_brings_back_the_whole_store(store: PostgisStore, postgis_cluster: Cluster) -> None:
    store.upsert(incidents("a", "b"), source="x")
    before = store.read()
    database = ("-h", "127.0.0.1", "-p", str(postgis_cluster.port), "-U", "gazetteer", "-d", "incidents")
    postgis_cluster.run("pg_dump", *database, "-n", "conflict_gazetteer", "-Fc", "-f", "dump")
    store.upsert(incidents("lost"), source="x")
    since = store.generation()
    postgis_cluster.sql("DROP SCHEMA conflict_gazetteer CASCADE")
    postgis_cluster.run("pg_restore", *database, "--single-transaction", "dump")
    assert before == store.read()
    store.upsert(incidents("c"), source="x")
    assert (True, tuple(incidents("a", "b", "c")), ()) == told(store, since)
