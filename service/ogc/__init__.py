"""Lists as OGC API - Features (Part 1, Core 1.0.1) has them, for GIS programs, scripts and browsers."""
