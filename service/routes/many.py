"""Many questions in one body: each answered by itself, in the order given, and put together as text."""

import json
from collections.abc import Sequence

from flask import request

from gazetteer.answers import admin_as_json
from gazetteer.errors import InputError
from gazetteer.notation.positions import read_point
from service.deadlines import within_time
from service.params.names import PointItem, QueryItem
from service.problems import PROBLEMS, Problem
from service.routes.answers import written
from service.routes.resolutions import Resolutions
from service.state import State

__all__ = ["resolve_many", "reverse_many"]


def resolve_many(resolutions: Resolutions, queries: Sequence[QueryItem]) -> bytes:
    """Return the answers, with a problem in the place of what can't be answered."""
    results: list[bytes] = []
    quoted: dict[str, None] = {}
    for number, query in enumerate(within_time(queries)):
        try:
            read_point(query.text, parameter="text")  # raises for what looks like a position and is none
            found = resolutions.answer(
                query.text, query.area, query.kind, tuple(query.context), query.limit, query.min_confidence
            )
        except InputError as error:
            results.append(written(_problem(error, number)).rstrip())
        else:
            results.append(found.written.rstrip())
            quoted |= dict.fromkeys(found.attribution)
    return b'{"results":[' + b",".join(results) + b'],"attribution":' + _json(list(quoted)).encode() + b"}\n"


def _problem(error: InputError, number: int) -> dict[str, object]:
    kind = PROBLEMS[InputError]
    return Problem(
        type=f"/about#{kind.slug}",
        title=kind.title,
        status=kind.status,
        detail=str(error),
        instance=request.path,
        parameter=f"queries[{number}].{error.parameter or 'text'}",
    ).model_dump(exclude={"errors"})


def reverse_many(state: State, points: Sequence[PointItem]) -> bytes:
    """Return the areas of each point. A chain is written once, however many points share it."""
    found = state.gazetteer.areas_at([point.lat for point in points], [point.lon for point in points])
    chains = [
        f'"admin":{_json(admin_as_json(chain))},"admin_method":"{found.admin_method if chain else "unknown"}"'
        for chain in found.chains
    ]
    outside = [None] * len(points) if found.outside_country is None else found.outside_country.tolist()
    results = ",".join(
        f'{{"latitude":{point.lat!r},"longitude":{point.lon!r},{chains[row]},"outside_country":{_json(out)}}}'
        for point, row, out in zip(points, found.rows.tolist(), outside, strict=True)
    )
    quoted = state.attribution((), (unit for row in set(found.rows.tolist()) for unit in found.chains[row]))
    return f'{{"results":[{results}],"attribution":{_json(quoted)}}}\n'.encode()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
