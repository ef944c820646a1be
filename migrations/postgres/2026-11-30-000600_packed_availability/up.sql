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
    CONSTRAINT packed_availability_range_check CHECK (range_start < range_end)
);

INSERT INTO packed_availability (definitions, month, component_id, range_start, range_end, changes)
SELECT definitions, to_char(to_timestamp((range_start + range_end) / 2) AT TIME ZONE 'UTC', 'YYYYMM')::BIGINT, component_id, min(range_start),
    max(range_end), count(*)
FROM availability GROUP BY 1, 2, 3;

-- In the order of the key, so that two writers do not wait for each other.
CREATE FUNCTION availability_count_changes() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO packed_availability AS known (definitions, month, component_id, range_start, range_end, changes)
    SELECT definitions, to_char(to_timestamp((range_start + range_end) / 2) AT TIME ZONE 'UTC', 'YYYYMM')::BIGINT, component_id, min(range_start),
        max(range_end), count(*)
    FROM changed GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (definitions, month, component_id) DO UPDATE SET changes = known.changes + excluded.changes,
        range_start = least(known.range_start, excluded.range_start), range_end = greatest(known.range_end, excluded.range_end);
    RETURN NULL;
END $$;

CREATE TRIGGER availability_added AFTER INSERT ON availability
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION availability_count_changes();

CREATE TRIGGER availability_deleted AFTER DELETE ON availability
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION availability_count_changes();
INSERT INTO additive_migration (version) VALUES ('20261130000600');
