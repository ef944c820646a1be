-- SLA windows, calendars and their rules. A window has a zone; a calendar may float (no zone) and is then read in each user's.
CREATE TABLE calendar (
    id          INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name        TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    timezone    TEXT NULL,
    enabled     BOOLEAN NOT NULL DEFAULT TRUE,
    version     BIGINT NOT NULL DEFAULT 1,
    created_at  TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at  TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT calendar_texts_check CHECK (typeof(name) || typeof(description) = 'texttext' AND typeof(timezone) IN ('text', 'null')),
    CONSTRAINT calendar_version_check CHECK (typeof(version) = 'integer'),
    CONSTRAINT calendar_created_at_check CHECK (datetime(created_at) IS substr(created_at, 1, 19)),
    CONSTRAINT calendar_updated_at_check CHECK (datetime(updated_at) IS substr(updated_at, 1, 19)),
    CONSTRAINT calendar_name_check CHECK (length(name) BETWEEN 1 AND 200),
    CONSTRAINT calendar_timezone_check CHECK (timezone <> ''),
    CONSTRAINT calendar_enabled_check CHECK (enabled IN (0, 1))
);
CREATE UNIQUE INDEX calendar_name_key ON calendar (lower(name));

CREATE TABLE sla_window (
    id          INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name        TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    timezone    TEXT NOT NULL,
    valid_from  DATE NULL,
    valid_until DATE NULL,
    enabled     BOOLEAN NOT NULL DEFAULT TRUE,
    version     BIGINT NOT NULL DEFAULT 1,
    created_at  TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at  TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT sla_window_texts_check CHECK (typeof(name) || typeof(description) || typeof(timezone) = 'texttexttext'),
    CONSTRAINT sla_window_version_check CHECK (typeof(version) = 'integer'),
    CONSTRAINT sla_window_created_at_check CHECK (datetime(created_at) IS substr(created_at, 1, 19)),
    CONSTRAINT sla_window_updated_at_check CHECK (datetime(updated_at) IS substr(updated_at, 1, 19)),
    CONSTRAINT sla_window_name_check CHECK (length(name) BETWEEN 1 AND 200),
    CONSTRAINT sla_window_timezone_check CHECK (timezone <> ''),
    CONSTRAINT sla_window_valid_from_check CHECK (valid_from IS NULL OR valid_from IS date(valid_from)),
    CONSTRAINT sla_window_valid_until_check CHECK (valid_until IS NULL OR valid_until IS date(valid_until)),
    CONSTRAINT sla_window_validity_check CHECK (valid_from <= valid_until),
    CONSTRAINT sla_window_enabled_check CHECK (enabled IN (0, 1))
);
CREATE UNIQUE INDEX sla_window_name_key ON sla_window (lower(name));

-- A rule belongs to one window or to one calendar; a calendar's rules exclude.
CREATE TABLE rule (
    id            INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    window_id     BIGINT NULL REFERENCES sla_window (id) ON DELETE CASCADE,
    calendar_id   BIGINT NULL REFERENCES calendar (id) ON DELETE CASCADE,
    position      INTEGER NOT NULL,
    effect        TEXT NOT NULL,
    kind          TEXT NOT NULL,
    weekdays      INTEGER NULL,
    rrule         TEXT NULL,
    anchor_date   DATE NULL,
    dates         TEXT NULL,
    start_time    TEXT NULL,
    duration_s    INTEGER NULL,
    duration_mode TEXT NOT NULL DEFAULT 'wall',
    start_local   TEXT NULL,
    end_local     TEXT NULL,
    note          TEXT NOT NULL DEFAULT '',
    CONSTRAINT rule_texts_check CHECK (typeof(note) = 'text' AND typeof(rrule) IN ('text', 'null')
        AND typeof(dates) IN ('text', 'null') AND typeof(start_time) IN ('text', 'null')
        AND typeof(start_local) IN ('text', 'null') AND typeof(end_local) IN ('text', 'null')),
    CONSTRAINT rule_position_check CHECK (typeof(position) = 'integer'),
    CONSTRAINT rule_owner_check CHECK ((window_id IS NULL) <> (calendar_id IS NULL)),
    CONSTRAINT rule_effect_check CHECK (effect IN ('include', 'exclude') AND (calendar_id IS NULL OR effect = 'exclude')),
    CONSTRAINT rule_kind_check CHECK (kind IN ('weekly', 'rrule', 'dates', 'once')),
    CONSTRAINT rule_weekdays_check CHECK (weekdays IS NULL OR (typeof(weekdays) = 'integer' AND weekdays BETWEEN 1 AND 127)),
    CONSTRAINT rule_anchor_check CHECK (anchor_date IS NULL OR anchor_date IS date(anchor_date)),
    CONSTRAINT rule_dates_check CHECK (CASE WHEN json_valid(dates) THEN json_type(dates) = 'array' ELSE dates IS NULL END),
    CONSTRAINT rule_duration_check CHECK (duration_s IS NULL
        OR (typeof(duration_s) = 'integer' AND duration_s BETWEEN 1 AND 2678400)),
    CONSTRAINT rule_duration_mode_check CHECK (duration_mode IN ('wall', 'elapsed')),
    CONSTRAINT rule_columns_check CHECK (
        (kind = 'weekly') = (weekdays IS NOT NULL)
        AND (kind = 'rrule') = (rrule IS NOT NULL)
        AND (kind = 'rrule' OR anchor_date IS NULL)
        AND (kind = 'dates') = (dates IS NOT NULL)
        AND (kind = 'once') = (start_local IS NOT NULL)
        AND (kind = 'once') = (end_local IS NOT NULL)
        AND (kind <> 'once') = (start_time IS NOT NULL)
        AND (kind <> 'once') = (duration_s IS NOT NULL))
);
CREATE INDEX rule_window_idx ON rule (window_id, position);
CREATE INDEX rule_calendar_idx ON rule (calendar_id, position);

CREATE TABLE window_calendar (
    window_id   BIGINT NOT NULL REFERENCES sla_window (id) ON DELETE CASCADE,
    calendar_id BIGINT NOT NULL REFERENCES calendar (id) ON DELETE RESTRICT,
    PRIMARY KEY (window_id, calendar_id)
);
CREATE INDEX window_calendar_calendar_idx ON window_calendar (calendar_id);

CREATE TABLE component_window (
    component_id BIGINT NOT NULL REFERENCES component (id) ON DELETE CASCADE,
    window_id    BIGINT NOT NULL REFERENCES sla_window (id) ON DELETE RESTRICT,
    PRIMARY KEY (component_id, window_id)
);
CREATE INDEX component_window_window_idx ON component_window (window_id);

CREATE TABLE component_calendar (
    component_id BIGINT NOT NULL REFERENCES component (id) ON DELETE CASCADE,
    calendar_id  BIGINT NOT NULL REFERENCES calendar (id) ON DELETE RESTRICT,
    PRIMARY KEY (component_id, calendar_id)
);
CREATE INDEX component_calendar_calendar_idx ON component_calendar (calendar_id);
