-- What changed since a generation: rows by the generation that wrote them last, and the numbers of rows that
-- are gone. Ids of what was deleted are not kept.
ALTER TABLE incidents ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX incidents_changed ON incidents (changed);
CREATE TABLE deleted (seq INTEGER PRIMARY KEY, generation INTEGER NOT NULL);
CREATE INDEX deleted_generation ON deleted (generation);
-- The generations that this very store went through, as far back as changes are told.
CREATE TABLE passed (generation INTEGER PRIMARY KEY);
INSERT INTO passed SELECT number FROM generation WHERE number > 0;
