"""What can go wrong, as one tree.

::

    GazetteerError
    ├── InputError (ValueError)         something handed in is wrong; ``parameter`` names it
    │   ├── CoordinateError             a latitude, longitude or point
    │   ├── UnitError                   a length such as "5 km"
    │   ├── AmbiguousDateError          a date whose day and month can't be told apart
    │   ├── TableError                  an incident table: unreadable, no place column
    │   └── QuestionError               a question that `ask` does not understand
    ├── NotFoundError (LookupError)     an id, or a name that must have one answer, has none
    └── GazetteerFileError (OSError)    the gazetteer file is missing, broken or not ours
        └── SchemaVersionError          it was written for another version of this library

Every message is one sentence for the person who typed the input, and says what to do. No class
knows of HTTP or exit codes: the service and the command line each have one table for that.
"""


class GazetteerError(Exception):
    """Base of everything this project raises on purpose."""


class InputError(GazetteerError, ValueError):
    """A value handed in is wrong.

    Parameters
    ----------
    message
        One sentence that says what is wrong and what to do.
    parameter
        The name of the offending parameter, when there is one.
    """

    def __init__(self, message: str, *, parameter: str | None = None) -> None:
        super().__init__(message)
        self.parameter = parameter


class CoordinateError(InputError):
    """A latitude, a longitude or a point is not one."""


class UnitError(InputError):
    """A length could not be read."""


class AmbiguousDateError(InputError):
    """A date such as 05/06/2016 has its day and its month first, and nothing tells which."""


class TableError(InputError):
    """An incident table could not be read or used."""


class QuestionError(InputError):
    """A question was not understood."""


class NotFoundError(GazetteerError, LookupError):
    """A look-up that must have an answer has none."""


class GazetteerFileError(GazetteerError, OSError):
    """The gazetteer file is missing, damaged, or not a gazetteer file."""


class SchemaVersionError(GazetteerFileError):
    """The gazetteer file was written for another version of this library."""
