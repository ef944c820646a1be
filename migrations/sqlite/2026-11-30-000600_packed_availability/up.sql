-- What reports need of the rows of a component and a month, in one text: a report of a month reads one row for each component. The text is the
-- rows' as long as no row was added or deleted after it was made, by whichever program; until it is made anew the rows themselves are read.
CREATE TABLE packed_availability (
    definitions  TEXT NOT NULL,
    month        BIGINT NOT NULL,            -- that the middle of the rows is in, UTC: 202611
    component_id BIGINT NOT NULL,
    range_start  BIGINT NOT NULL,            -- the first start of a row that was added
    range_end    BIGINT NOT NULL,            -- the last end
    changes      BIGINT NOT NULL,            -- how many rows were added and deleted
    packed       BIGINT NOT NULL DEFAULT 0,  -- how many had been when the text was made
    content      TEXT NOT NULL DEFAULT '',   -- a line of JSON for each row, the older ones first
    PRIMARY KEY (definitions, month, component_id),
    CONSTRAINT packed_availability_texts_check CHECK (typeof(definitions) || typeof(content) = 'texttext'),
    CONSTRAINT packed_availability_range_check CHECK (typeof(month) = 'integer' AND typeof(component_id) = 'integer' AND typeof(range_start) = 'integer'
        AND typeof(range_end) = 'integer' AND range_start < range_end),
    CONSTRAINT packed_availability_changes_check CHECK (typeof(changes) = 'integer' AND typeof(packed) = 'integer')
) WITHOUT ROWID;

INSERT INTO packed_availability (definitions, month, component_id, range_start, range_end, changes)
SELECT definitions, CAST(strftime('%Y%m', (range_start + range_end) / 2, 'unixepoch') AS INTEGER), component_id, min(range_start), max(range_end), count(*)
FROM availability GROUP BY 1, 2, 3;

CREATE TRIGGER availability_added AFTER INSERT ON availability
BEGIN
    INSERT INTO packed_availability (definitions, month, component_id, range_start, range_end, changes)
    VALUES (NEW.definitions, CAST(strftime('%Y%m', (NEW.range_start + NEW.range_end) / 2, 'unixepoch') AS INTEGER), NEW.component_id, NEW.range_start,
        NEW.range_end, 1)
    ON CONFLICT (definitions, month, component_id) DO UPDATE SET changes = changes + 1,
        range_start = min(range_start, excluded.range_start), range_end = max(range_end, excluded.range_end);
END;

CREATE TRIGGER availability_deleted AFTER DELETE ON availability
BEGIN
    UPDATE packed_availability SET changes = changes + 1
    WHERE definitions = OLD.definitions AND component_id = OLD.component_id
        AND month = CAST(strftime('%Y%m', (OLD.range_start + OLD.range_end) / 2, 'unixepoch') AS INTEGER);
END;
INSERT INTO additive_migration (version) VALUES ('20261130000600');
