"""What a gazetteer file says of itself: its path, version, counts and sources."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gazetteer.places import Source

__all__ = ["GazetteerInfo"]


@dataclass(frozen=True, slots=True)
class GazetteerInfo:
    """What a gazetteer file holds and where it came from."""

    path: Path
    schema_version: int
    content_hash: str
    counts: dict[str, int]
    sources: tuple[Source, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it in plain JSON types."""
        return {
            "path": str(self.path),
            "schema_version": self.schema_version,
            "content_hash": self.content_hash,
            "counts": self.counts,
            "sources": [
                {
                    "id": s.id,
                    "title": s.title,
                    "url": s.url,
                    "licence": s.licence,
                    "attribution": s.attribution,
                    "count": s.count,
                }
                for s in self.sources
            ],
        }
