"""Questions in a small, fixed English: read by a grammar, never guessed at.

Four forms are understood::

    <incidents> within <length> of <kind | place | facility name> [in <area>] [<dates>]
    how many <incidents> [in <area>] [<dates>]
    nearest <kind> to <place>
    distance from <place> to <place>

where ``<dates>`` is ``between A and B``, ``from A to B``, ``since A``, ``from A``, ``after A``,
``until A``, ``before A``, ``in A`` or ``on A``, and a date is 2016-05-30, 30 May 2016, May 30 2016,
May 2016, 2016-05 or 2016. Days at both ends count. The word for the incidents ("strikes") does not
choose among them: every row of the table is looked at, and the answer says so. Whatever else is
asked is refused, with examples.

Examples
--------
>>> parse_question("strikes within 5 km of a hospital in Idlib").describe()
'incidents (every row; "strikes" does not choose among them) within 5.0 km of any hospital, in Idlib'
"""

from gazetteer.ask.answer import QuestionAnswer, answer
from gazetteer.ask.grammar import (
    EXAMPLES,
    CountQuestion,
    DistanceQuestion,
    NearestQuestion,
    NearQuestion,
    Question,
    parse_question,
)

__all__ = [
    "EXAMPLES",
    "CountQuestion",
    "DistanceQuestion",
    "NearQuestion",
    "NearestQuestion",
    "Question",
    "QuestionAnswer",
    "answer",
    "parse_question",
]
