"""Cells that were once read wrongly, each with what is right: none of them is read wrongly again.

Needs ``../shared``: its ``cases/cells.csv`` goes through :func:`gazetteer.enrich.enrich_table` on the
gazetteer of the publishers' files. What is right is written as an id, ``area:`` and an id, ``several:`` and
ids, ``point``, ``open`` (nothing may be accepted), or ``open-or:`` and the one id that may be.
"""

import csv
import json
from pathlib import Path

import pytest

from gazetteer import ColumnChoice, Gazetteer
from gazetteer.enrich import enrich_table
from geodata.assemble import Built

Row = dict[str, str]


@pytest.fixture(scope="module")
def cases(shared: Path) -> list[Row]:
    path = shared / "cases" / "cells.csv"
    if not path.is_file():
        pytest.skip("needs ../shared/cases/cells.csv, which is not here")
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def answers(
    cases: list[Row], full_gazetteer: tuple[Path, Built], tmp_path_factory: pytest.TempPathFactory
) -> list[Row]:
    folder = tmp_path_factory.mktemp("cases")
    source, target = folder / "in.csv", folder / "out.csv"
    with source.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["place", "area", "country"])
        writer.writerows([case["text"], case["area"], case["country"]] for case in cases)
    with Gazetteer.open(full_gazetteer[0]) as gazetteer:
        enrich_table(gazetteer, source, target, columns=ColumnChoice(place="place", admin=("area",)))
    with target.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def is_right(expected: str, answer: Row) -> bool:
    what, _, ids = expected.partition(":")
    status, found = answer["gaz_status"], answer["gaz_place_id"]
    is_open = status not in {"resolved", "several"}
    match what:
        case "several":
            listed = {place["place_id"] for place in json.loads(answer["gaz_places"] or "[]")}
            return status == "several" and listed == set(ids.split(";"))
        case "open":
            return is_open
        case "open-or":
            return is_open or (status == "resolved" and found == ids)
        case "point":
            return status == "resolved" and answer["gaz_kind"] == "point"
        case "area":
            return status == "resolved" and found == ids
    return status == "resolved" and found == expected


def test_every_case_is_read_rightly(cases: list[Row], answers: list[Row]) -> None:
    wrong = [
        (*case.values(), answer["gaz_status"], answer["gaz_place_id"], answer["gaz_confidence"])
        for case, answer in zip(cases, answers, strict=True)
        if not is_right(case["expect"], answer)
    ]
    assert [] == wrong
