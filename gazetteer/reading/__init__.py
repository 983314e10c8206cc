"""From a text, a cell or a report, to places with confidence and radius.

A cell goes through these chapters, from top to bottom, by :meth:`gazetteer.reading.reader.Reader.resolve`:

- :mod:`relations`: "5 km north of X", "between X and Y", and what is left without those words;
- :mod:`tokens` and :mod:`spans`: words, and the stretches of them that could be names;
- :mod:`abroad`: whether it is in another country;
- :mod:`candidates` and :mod:`features`: which places a name could be, and what speaks for each;
- :mod:`interpret`: which name is the target, and what the others are once it is;
- :mod:`rank` and :mod:`calibration`: probabilities of places, and what they promise;
- :mod:`reasons`: why, in words.

A report goes through :mod:`mentions` and :mod:`evidence`, which find what may name a place in it, to
:mod:`geoparse`, which asks the reader of cells about each.
"""
