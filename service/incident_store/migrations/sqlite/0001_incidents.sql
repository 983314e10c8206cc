CREATE TABLE incidents (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, -- the order of an answer: a number is never given twice
  id TEXT NOT NULL UNIQUE,
  first_day TEXT, -- one day, or the span that a month or year stands for
  last_day TEXT,
  latitude REAL,
  longitude REAL,
  radius_m REAL NOT NULL,
  radius_known INTEGER NOT NULL,
  admin TEXT NOT NULL,
  place TEXT NOT NULL,
  place_id TEXT NOT NULL,
  properties TEXT NOT NULL,
  problems TEXT NOT NULL,
  source TEXT NOT NULL,
  stored TEXT NOT NULL
);
CREATE INDEX incidents_source ON incidents (source);
CREATE TABLE generation (number INTEGER NOT NULL);
INSERT INTO generation VALUES (0);
PRAGMA application_id = 1128753518; -- "CGin"
