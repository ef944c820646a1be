-- The data version: one row that every change to what the metrics show moves on, whoever makes the change.
-- Changed components, windows and calendars carry the version that changed them in row_version, deleted ones leave a
-- tombstone, so that a reader at version v needs only the rows above v. A link or a rule counts as a change of its owner, a
-- label as a change of the components that wear it.
CREATE TABLE data_version (
    id      BIGINT PRIMARY KEY NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT data_version_id_check CHECK (id = 1),
    CONSTRAINT data_version_version_check CHECK (typeof(version) = 'integer')
);
INSERT INTO data_version (id, version) VALUES (1, 1);

CREATE TABLE tombstone (
    model     TEXT NOT NULL,
    object_id BIGINT NOT NULL,
    version   BIGINT NOT NULL,
    PRIMARY KEY (model, object_id),
    CONSTRAINT tombstone_model_check CHECK (model IN ('component', 'sla_window', 'calendar'))
);
CREATE INDEX tombstone_version_idx ON tombstone (version);

ALTER TABLE component ADD COLUMN row_version BIGINT NOT NULL DEFAULT 1
    CONSTRAINT component_row_version_check CHECK (typeof(row_version) = 'integer');
CREATE INDEX component_row_version_idx ON component (row_version);
ALTER TABLE sla_window ADD COLUMN row_version BIGINT NOT NULL DEFAULT 1
    CONSTRAINT sla_window_row_version_check CHECK (typeof(row_version) = 'integer');
CREATE INDEX sla_window_row_version_idx ON sla_window (row_version);
ALTER TABLE calendar ADD COLUMN row_version BIGINT NOT NULL DEFAULT 1
    CONSTRAINT calendar_row_version_check CHECK (typeof(row_version) = 'integer');
CREATE INDEX calendar_row_version_idx ON calendar (row_version);

CREATE TRIGGER component_inserted AFTER INSERT ON component
BEGIN
    UPDATE data_version SET version = version + 1 WHERE id = 1;
    UPDATE component SET row_version = (SELECT version FROM data_version WHERE id = 1) WHERE id = NEW.id;
END;

CREATE TRIGGER component_updated AFTER UPDATE OF id, name, display_name, description, enabled, slo_millipercent, version, created_at, updated_at ON component
BEGIN
    UPDATE data_version SET version = version + 1 WHERE id = 1;
    UPDATE component SET row_version = (SELECT version FROM data_version WHERE id = 1) WHERE id = NEW.id;
END;

CREATE TRIGGER component_rekeyed AFTER UPDATE OF id ON component WHEN OLD.id <> NEW.id
BEGIN
    UPDATE data_version SET version = version + 1 WHERE id = 1;
    INSERT OR REPLACE INTO tombstone (model, object_id, version) VALUES ('component', OLD.id, (SELECT version FROM data_version WHERE id = 1));
END;

CREATE TRIGGER component_deleted AFTER DELETE ON component
BEGIN
    UPDATE data_version SET version = version + 1 WHERE id = 1;
    INSERT OR REPLACE INTO tombstone (model, object_id, version) VALUES ('component', OLD.id, (SELECT version FROM data_version WHERE id = 1));
END;

CREATE TRIGGER sla_window_inserted AFTER INSERT ON sla_window
BEGIN
    UPDATE data_version SET version = version + 1 WHERE id = 1;
    UPDATE sla_window SET row_version = (SELECT version FROM data_version WHERE id = 1) WHERE id = NEW.id;
END;

CREATE TRIGGER sla_window_updated AFTER UPDATE OF id, name, description, timezone, valid_from, valid_until, enabled, version, created_at, updated_at ON sla_window
BEGIN
    UPDATE data_version SET version = version + 1 WHERE id = 1;
    UPDATE sla_window SET row_version = (SELECT version FROM data_version WHERE id = 1) WHERE id = NEW.id;
END;

CREATE TRIGGER sla_window_rekeyed AFTER UPDATE OF id ON sla_window WHEN OLD.id <> NEW.id
BEGIN
    UPDATE data_version SET version = version + 1 WHERE id = 1;
    INSERT OR REPLACE INTO tombstone (model, object_id, version) VALUES ('sla_window', OLD.id, (SELECT version FROM data_version WHERE id = 1));
END;

CREATE TRIGGER sla_window_deleted AFTER DELETE ON sla_window
BEGIN
    UPDATE data_version SET version = version + 1 WHERE id = 1;
    INSERT OR REPLACE INTO tombstone (model, object_id, version) VALUES ('sla_window', OLD.id, (SELECT version FROM data_version WHERE id = 1));
END;

CREATE TRIGGER calendar_inserted AFTER INSERT ON calendar
BEGIN
    UPDATE data_version SET version = version + 1 WHERE id = 1;
    UPDATE calendar SET row_version = (SELECT version FROM data_version WHERE id = 1) WHERE id = NEW.id;
END;

CREATE TRIGGER calendar_updated AFTER UPDATE OF id, name, description, timezone, enabled, version, created_at, updated_at ON calendar
BEGIN
    UPDATE data_version SET version = version + 1 WHERE id = 1;
    UPDATE calendar SET row_version = (SELECT version FROM data_version WHERE id = 1) WHERE id = NEW.id;
END;

CREATE TRIGGER calendar_rekeyed AFTER UPDATE OF id ON calendar WHEN OLD.id <> NEW.id
BEGIN
    UPDATE data_version SET version = version + 1 WHERE id = 1;
    INSERT OR REPLACE INTO tombstone (model, object_id, version) VALUES ('calendar', OLD.id, (SELECT version FROM data_version WHERE id = 1));
END;

CREATE TRIGGER calendar_deleted AFTER DELETE ON calendar
BEGIN
    UPDATE data_version SET version = version + 1 WHERE id = 1;
    INSERT OR REPLACE INTO tombstone (model, object_id, version) VALUES ('calendar', OLD.id, (SELECT version FROM data_version WHERE id = 1));
END;

CREATE TRIGGER component_label_inserted AFTER INSERT ON component_label
BEGIN
    UPDATE data_version SET version = version + 1 WHERE id = 1;
    UPDATE component SET row_version = (SELECT version FROM data_version WHERE id = 1) WHERE id = NEW.component_id;
END;

CREATE TRIGGER component_label_updated AFTER UPDATE ON component_label
BEGIN
    UPDATE data_version SET version = version + 1 WHERE id = 1;
    UPDATE component SET row_version = (SELECT version FROM data_version WHERE id = 1) WHERE id IN (OLD.component_id, NEW.component_id);
END;

CREATE TRIGGER component_label_deleted AFTER DELETE ON component_label
BEGIN
    UPDATE data_version SET version = version + 1 WHERE id = 1;
    UPDATE component SET row_version = (SELECT version FROM data_version WHERE id = 1) WHERE id = OLD.component_id;
END;

CREATE TRIGGER component_window_inserted AFTER INSERT ON component_window
BEGIN
    UPDATE data_version SET version = version + 1 WHERE id = 1;
    UPDATE component SET row_version = (SELECT version FROM data_version WHERE id = 1) WHERE id = NEW.component_id;
END;

CREATE TRIGGER component_window_updated AFTER UPDATE ON component_window
BEGIN
    UPDATE data_version SET version = version + 1 WHERE id = 1;
    UPDATE component SET row_version = (SELECT version FROM data_version WHERE id = 1) WHERE id IN (OLD.component_id, NEW.component_id);
END;

CREATE TRIGGER component_window_deleted AFTER DELETE ON component_window
BEGIN
    UPDATE data_version SET version = version + 1 WHERE id = 1;
    UPDATE component SET row_version = (SELECT version FROM data_version WHERE id = 1) WHERE id = OLD.component_id;
END;

CREATE TRIGGER component_calendar_inserted AFTER INSERT ON component_calendar
BEGIN
    UPDATE data_version SET version = version + 1 WHERE id = 1;
    UPDATE component SET row_version = (SELECT version FROM data_version WHERE id = 1) WHERE id = NEW.component_id;
END;

CREATE TRIGGER component_calendar_updated AFTER UPDATE ON component_calendar
BEGIN
    UPDATE data_version SET version = version + 1 WHERE id = 1;
    UPDATE component SET row_version = (SELECT version FROM data_version WHERE id = 1) WHERE id IN (OLD.component_id, NEW.component_id);
END;

CREATE TRIGGER component_calendar_deleted AFTER DELETE ON component_calendar
BEGIN
    UPDATE data_version SET version = version + 1 WHERE id = 1;
    UPDATE component SET row_version = (SELECT version FROM data_version WHERE id = 1) WHERE id = OLD.component_id;
END;

CREATE TRIGGER window_calendar_inserted AFTER INSERT ON window_calendar
BEGIN
    UPDATE data_version SET version = version + 1 WHERE id = 1;
    UPDATE sla_window SET row_version = (SELECT version FROM data_version WHERE id = 1) WHERE id = NEW.window_id;
END;

CREATE TRIGGER window_calendar_updated AFTER UPDATE ON window_calendar
BEGIN
    UPDATE data_version SET version = version + 1 WHERE id = 1;
    UPDATE sla_window SET row_version = (SELECT version FROM data_version WHERE id = 1) WHERE id IN (OLD.window_id, NEW.window_id);
END;

CREATE TRIGGER window_calendar_deleted AFTER DELETE ON window_calendar
BEGIN
    UPDATE data_version SET version = version + 1 WHERE id = 1;
    UPDATE sla_window SET row_version = (SELECT version FROM data_version WHERE id = 1) WHERE id = OLD.window_id;
END;

CREATE TRIGGER rule_inserted AFTER INSERT ON rule
BEGIN
    UPDATE data_version SET version = version + 1 WHERE id = 1;
    UPDATE sla_window SET row_version = (SELECT version FROM data_version WHERE id = 1) WHERE id = NEW.window_id;
    UPDATE calendar SET row_version = (SELECT version FROM data_version WHERE id = 1) WHERE id = NEW.calendar_id;
END;

CREATE TRIGGER rule_updated AFTER UPDATE ON rule
BEGIN
    UPDATE data_version SET version = version + 1 WHERE id = 1;
    UPDATE sla_window SET row_version = (SELECT version FROM data_version WHERE id = 1) WHERE id IN (OLD.window_id, NEW.window_id);
    UPDATE calendar SET row_version = (SELECT version FROM data_version WHERE id = 1) WHERE id IN (OLD.calendar_id, NEW.calendar_id);
END;

CREATE TRIGGER rule_deleted AFTER DELETE ON rule
BEGIN
    UPDATE data_version SET version = version + 1 WHERE id = 1;
    UPDATE sla_window SET row_version = (SELECT version FROM data_version WHERE id = 1) WHERE id = OLD.window_id;
    UPDATE calendar SET row_version = (SELECT version FROM data_version WHERE id = 1) WHERE id = OLD.calendar_id;
END;

CREATE TRIGGER label_updated AFTER UPDATE OF name, value ON label
BEGIN
    UPDATE data_version SET version = version + 1 WHERE id = 1;
    UPDATE component SET row_version = (SELECT version FROM data_version WHERE id = 1) WHERE id IN (SELECT component_id FROM component_label WHERE label_id = NEW.id);
END;
