"""Questions in words, English and Arabic: read by one grammar, never guessed at.

Understood are incidents near, not near, in, at, along and between places, with an area, days and what to
count by; the nearest place of a kind; and the distance between two places. The word for the incidents
("strikes") does not choose among them: every row of the table is looked at, and the answer says so. Whatever
else is asked is refused, with the example that is most alike.

Examples
--------
>>> question = parse_question("strikes within 5 km of a hospital in Idlib since May 2016")
>>> question.relation, question.within_m, question.target, question.area, str(question.start)
('near', 5000.0, 'hospital', 'Idlib', '2016-05-01')
>>> parse_question("القصف على المشافي في إدلب").relation
'at'
"""

from gazetteer.ask.answer import QuestionAnswer, answer
from gazetteer.ask.grammar import EXAMPLES, Question, parse_question
from gazetteer.ask.read import Read

__all__ = ["EXAMPLES", "Question", "QuestionAnswer", "Read", "answer", "parse_question"]
