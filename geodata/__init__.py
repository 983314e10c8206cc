"""Makes the gazetteer file, from the facts embedded here or from what the publishers offer.

The library never imports this package. It finds the embedded default through the entry point
``gazetteer.default_file``, which is :func:`geodata.build.default_file`.
"""
