CREATE TABLE conflict_gazetteer.incidents (
  seq bigint PRIMARY KEY, -- the order of an answer: a number is never given twice
  id text COLLATE "C" NOT NULL UNIQUE,
  first_day date, -- one day, or the span that a month or year stands for
  last_day date,
  latitude double precision,
  longitude double precision,
  radius_m double precision NOT NULL,
  radius_known boolean NOT NULL,
  admin text NOT NULL,
  place text NOT NULL,
  place_id text NOT NULL,
  properties text NOT NULL, -- the row as it stands, in JSON; text, since jsonb would sort its columns
  problems text NOT NULL,
  origin text NOT NULL, -- where the position came from
  names text NOT NULL, -- the place as written, and the areas, both in JSON
  context text NOT NULL,
  source text NOT NULL,
  stored timestamptz NOT NULL,
  changed bigint NOT NULL, -- the generation that wrote it last
  geom geometry(Point, 4326) GENERATED ALWAYS AS (ST_SetSRID(ST_MakePoint(longitude, latitude), 4326)) STORED
);
CREATE INDEX incidents_changed ON conflict_gazetteer.incidents (changed);
CREATE INDEX incidents_geom ON conflict_gazetteer.incidents USING gist (geom);
COMMENT ON TABLE conflict_gazetteer.incidents IS
  'Kept by gazetteer-serve. To read; what is changed here otherwise, servers don''t notice.';

-- One row, which a write locks: so writers come one after the other.
CREATE TABLE conflict_gazetteer.generation (number bigint NOT NULL, last_seq bigint NOT NULL);
INSERT INTO conflict_gazetteer.generation VALUES (0, 0);
-- What changed since a generation: the numbers of rows that are gone (their ids are not kept), and the
-- generations that this very store went through, as far back as changes are told.
CREATE TABLE conflict_gazetteer.deleted (seq bigint PRIMARY KEY, generation bigint NOT NULL);
CREATE INDEX deleted_generation ON conflict_gazetteer.deleted (generation);
CREATE TABLE conflict_gazetteer.passed (generation bigint PRIMARY KEY);
