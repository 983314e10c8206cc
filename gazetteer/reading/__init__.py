"""From a spelling to ranked matches: parse, candidates, rank, relative."""
