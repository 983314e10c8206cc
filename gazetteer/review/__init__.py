"""From an enriched table to one that can be defended: report, review, decisions, provenance.

A :class:`Review` is a stage of :func:`gazetteer.enrich.enrich_table`::

    with Review(gazetteer, "enriched.csv", report="report.html", review="review.csv") as review:
        enrich_table(gazetteer, "incidents.csv", "enriched.csv", stage=review)

The report (:mod:`~gazetteer.review.report`) says how it went, on one page. The review file
(:mod:`~gazetteer.review.review_file`) lists what a person should look at. It comes back with decisions
(:mod:`~gazetteer.review.decisions`), each a word of one vocabulary (:mod:`~gazetteer.review.choices`), and
they win. The provenance (:mod:`~gazetteer.review.provenance`) says from what and with what the output was
made. None of them holds the time of day, a folder or a user's name: the same input, gazetteer and versions
give the same bytes.
"""

from gazetteer.review.review import Review

__all__ = ["Review"]
