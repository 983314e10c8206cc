"""What answers look like, for the OpenAPI document: pydantic models, a module for each group of routes.

The routes don't make their answers with these, which would cost more than the answer itself; the tests hold
one against the other.
"""
