"""What a table gives away of sensitive places, and the table without it."""

from gazetteer.leaks.leaks import Leak, LeaksAnswer, find_leaks

__all__ = ["Leak", "LeaksAnswer", "find_leaks"]
