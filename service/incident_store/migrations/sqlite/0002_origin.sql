-- Where the position came from, "" where nobody knows; the place as written, and the areas, both in JSON.
ALTER TABLE incidents ADD COLUMN origin TEXT NOT NULL DEFAULT '';
ALTER TABLE incidents ADD COLUMN names TEXT NOT NULL DEFAULT '';
ALTER TABLE incidents ADD COLUMN context TEXT NOT NULL DEFAULT '';
