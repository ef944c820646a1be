-- A report that was closed: its figures as they were then, which later measurements and corrections are compared with. Rows are only added.
-- No key ties them to components, so that they outlive those.
CREATE TABLE closed_report (
    id             INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    period         TEXT NOT NULL,
    first_day      DATE NOT NULL,
    range_start    BIGINT NOT NULL, -- seconds since 1970, as range_end
    range_end      BIGINT NOT NULL,
    timezone       TEXT NOT NULL,
    definitions    TEXT NOT NULL,
    component_id   BIGINT NOT NULL, -- of a report of one component; otherwise 0
    component_name TEXT NOT NULL,
    selector       TEXT NOT NULL,   -- of a report of components with labels; otherwise empty
    members        BIGINT NOT NULL,
    components     TEXT NOT NULL,   -- a JSON list of their keys
    figures        TEXT NOT NULL,   -- a line of JSON for each of them, as the command `report` prints them
    digest         TEXT NOT NULL,   -- SHA-256 of the figures
    closed_by      TEXT NOT NULL,
    closed_at      TIMESTAMP NOT NULL,
    CONSTRAINT closed_report_texts_check CHECK (typeof(timezone) || typeof(component_name) || typeof(selector) || typeof(components)
        || typeof(figures) || typeof(digest) || typeof(closed_by) = 'texttexttexttexttexttexttext'),
    CONSTRAINT closed_report_period_check CHECK (period IN ('day', 'week', 'month', 'quarter', 'year')),
    CONSTRAINT closed_report_first_day_check CHECK (date(first_day) IS first_day),
    CONSTRAINT closed_report_range_check CHECK (typeof(range_start) = 'integer' AND typeof(range_end) = 'integer' AND range_start < range_end),
    CONSTRAINT closed_report_definitions_check CHECK (definitions IN ('then', 'now')),
    CONSTRAINT closed_report_scope_check CHECK (typeof(component_id) = 'integer' AND (component_id = 0 OR selector = '')),
    CONSTRAINT closed_report_members_check CHECK (typeof(members) = 'integer' AND members >= 0),
    CONSTRAINT closed_report_closed_at_check CHECK (datetime(closed_at) IS substr(closed_at, 1, 19))
);
CREATE UNIQUE INDEX closed_report_scope_key ON closed_report (period, first_day, timezone, definitions, component_id, selector);

CREATE TRIGGER closed_report_not_updated BEFORE UPDATE ON closed_report
BEGIN
    SELECT RAISE(ABORT, 'closed_report is append-only');
END;

CREATE TRIGGER closed_report_not_deleted BEFORE DELETE ON closed_report
BEGIN
    SELECT RAISE(ABORT, 'closed_report is append-only');
END;
INSERT INTO additive_migration (version) VALUES ('20261130000300');
