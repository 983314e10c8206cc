"""Asking `/reconcile`, with every answer held against its schema."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
from flask.testing import FlaskClient

from gazetteer.answers import MIN_CONFIDENCE, Match, Query, Resolution
from tests.fakes import FakeGazetteer, a_place
from tests.service.asking import a_client

_SCHEMAS = Path(__file__).parent / "schemas"


def follows(name: str, answer: Any) -> Any:
    """Return an answer that follows a schema; fail otherwise."""
    schema = json.loads((_SCHEMAS / f"{name}.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(answer)
    return answer


def batch(client: FlaskClient, queries: Mapping[str, Any], *, by_schema: bool = True) -> dict[str, Any]:
    """Send a batch in a form as clients do, and return the candidates for each key."""
    if by_schema:
        follows("queries", queries)
    response = client.post("/reconcile", data={"queries": json.dumps(queries)})
    assert 200 == response.status_code, response.text
    answer = follows("results", json.loads(response.text))
    assert list(queries) == list(answer)
    for found in answer.values():
        scores = [candidate["score"] for candidate in found["result"]]
        assert sorted(scores, reverse=True) == scores
    return {key: found["result"] for key, found in answer.items()}


def asked(client: FlaskClient, text: str, **query: Any) -> list[dict[str, Any]]:
    """Return the candidates for one query."""
    found: list[dict[str, Any]] = batch(client, {"q0": {"query": text, **query}})["q0"]
    return found


def results(candidates: list[dict[str, Any]]) -> list[tuple[str, bool]]:
    return [(candidate["id"], candidate["match"]) for candidate in candidates]


def extended(client: FlaskClient, ids: list[str], *properties: str, **settings: str) -> dict[str, Any]:
    """Return the rows of these entities."""
    wanted = [
        {"id": name, "name": "x", **({"settings": settings} if settings else {})} for name in properties
    ]
    response = client.post("/reconcile", data={"extend": json.dumps({"ids": ids, "properties": wanted})})
    assert 200 == response.status_code, response.text
    answer: dict[str, Any] = follows("extension", json.loads(response.text))
    assert list(properties) == [column["id"] for column in answer["meta"]]
    rows: dict[str, Any] = answer["rows"]
    return rows


def a_match(confidence: float = 0.97, *, method: str = "exact", **place: Any) -> Match:
    return Match(a_place(**place), confidence, "Saraqeb", method, ("because",))


class Answering(FakeGazetteer):
    """Answers every name with the same matches, and remembers what it was asked with."""

    def __init__(self, *matches: Match, area: tuple[Match, ...] | None = None) -> None:
        super().__init__()
        self.matches = matches
        self.of_area = matches if area is None else area
        self.asked: list[dict[str, Any]] = []

    def resolve(self, text: str, **options: Any) -> Resolution:
        self.asked.append({"text": text, **options})
        found = self.of_area if options.get("area") else self.matches
        sure = found and found[0].confidence >= options.get("min_confidence", MIN_CONFIDENCE)
        return Resolution(Query(text, text), "resolved" if sure else "ambiguous", found)

    @property
    def client(self) -> FlaskClient:
        return a_client(self)
