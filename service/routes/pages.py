"""For people: the start page."""

from flask import render_template
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from service.params.base import NoParams
from service.problems import PROBLEMS
from service.state import State

__all__ = ["page_routes"]

#: Shown on the start page: what each does, and an address that answers.
_EXAMPLES = (
    ("Which place does a spelling mean?", "/v1/resolve?text=Ma%27arrat+al-Nu%27man&within=Idlib"),
    ("Which areas hold a position?", "/v1/reverse?lat=35.93&lon=36.63"),
    ("How far, and in which direction?", "/v1/distance?from=Aleppo&to=Idlib"),
    ("A place by its id", "/v1/places/SY07"),
    ("Incidents near hospitals", "/v1/incidents?near=hospital&within=5km&from=2016-05-01&to=2016-06-30"),
    ("A question in plain words", "/v1/ask?question=strikes+within+5+km+of+a+hospital+in+Idlib"),
)


def page_routes(state: State) -> APIBlueprint:
    """Return the pages."""
    api = APIBlueprint("pages", __name__, abp_tags=[Tag(name="Service")])

    @api.get("/", doc_ui=False)
    def start(query: NoParams) -> str:
        kinds = list(PROBLEMS.values())
        loaded = None if state.incidents is None else len(state.incidents)
        return render_template("start.html", examples=_EXAMPLES, problems=kinds, incidents=loaded)

    return api
