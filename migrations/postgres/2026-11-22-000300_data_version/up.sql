-- The data version: one row that every change to what the metrics show moves on, whoever makes the change.
-- Changed components, windows and calendars carry the version that changed them in row_version, deleted ones leave a
-- tombstone, so that a reader at version v needs only the rows above v. A link or a rule counts as a change of its owner, a
-- label as a change of the components that wear it.
-- A transaction moves the version once, before its first change takes any row lock, and holds the row until it commits: the
-- order of versions is therefore the order of commits, which no sequence, clock or transaction number could promise.
CREATE TABLE data_version (
    id      BIGINT PRIMARY KEY NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT data_version_id_check CHECK (id = 1)
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

ALTER TABLE component ADD COLUMN row_version BIGINT NOT NULL DEFAULT 1;
CREATE INDEX component_row_version_idx ON component (row_version);
ALTER TABLE sla_window ADD COLUMN row_version BIGINT NOT NULL DEFAULT 1;
CREATE INDEX sla_window_row_version_idx ON sla_window (row_version);
ALTER TABLE calendar ADD COLUMN row_version BIGINT NOT NULL DEFAULT 1;
CREATE INDEX calendar_row_version_idx ON calendar (row_version);

-- The version of this transaction; the first call takes it. The transaction's own number guards against a setting that was
-- left behind, and the setting itself goes away with a rolled back savepoint as the row's new value does.
CREATE FUNCTION data_version_take() RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    taken TEXT := current_setting('sla_monitor.data_version', true);
    mark  TEXT := txid_current()::TEXT || ':';
    moved BIGINT;
BEGIN
    IF taken LIKE mark || '%' THEN
        RETURN substr(taken, length(mark) + 1)::BIGINT;
    END IF;
    UPDATE data_version SET version = version + 1 WHERE id = 1 RETURNING version INTO STRICT moved;
    PERFORM set_config('sla_monitor.data_version', mark || moved, true);
    RETURN moved;
END $$;

CREATE FUNCTION data_version_before_statement() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    PERFORM data_version_take();
    RETURN NULL;
END $$;

CREATE FUNCTION data_version_stamp_row() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    NEW.row_version := data_version_take();
    RETURN NEW;
END $$;

CREATE FUNCTION data_version_bury_row() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tombstone (model, object_id, version) VALUES (TG_TABLE_NAME, OLD.id, data_version_take())
        ON CONFLICT (model, object_id) DO UPDATE SET version = excluded.version;
    RETURN NULL;
END $$;

-- Touching an owner is enough: its own trigger stamps it. One that this transaction has stamped is left alone.
-- Owners are looked up by key however small their table is: the plan is kept while a transaction fills the table.
CREATE FUNCTION component_links_changed() RETURNS TRIGGER LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    UPDATE component SET row_version = row_version
        WHERE id = ANY (ARRAY(SELECT component_id FROM changed)) AND row_version <> data_version_take();
    RETURN NULL;
END $$;

CREATE FUNCTION window_links_changed() RETURNS TRIGGER LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    UPDATE sla_window SET row_version = row_version
        WHERE id = ANY (ARRAY(SELECT window_id FROM changed)) AND row_version <> data_version_take();
    RETURN NULL;
END $$;

CREATE FUNCTION rules_changed() RETURNS TRIGGER LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    UPDATE sla_window SET row_version = row_version
        WHERE id = ANY (ARRAY(SELECT window_id FROM changed)) AND row_version <> data_version_take();
    UPDATE calendar SET row_version = row_version
        WHERE id = ANY (ARRAY(SELECT calendar_id FROM changed)) AND row_version <> data_version_take();
    RETURN NULL;
END $$;

CREATE FUNCTION label_changed() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    UPDATE component SET row_version = row_version
        WHERE id IN (SELECT component_id FROM component_label WHERE label_id = NEW.id);
    RETURN NULL;
END $$;

-- Rows that are truncated away run no row trigger and would stay in the metrics.
CREATE FUNCTION data_version_refuse_truncate() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% must not be truncated: the metrics would not notice; use DELETE', TG_TABLE_NAME;
END $$;

CREATE TRIGGER component_version BEFORE INSERT OR UPDATE OR DELETE ON component FOR EACH STATEMENT EXECUTE FUNCTION data_version_before_statement();
CREATE TRIGGER sla_window_version BEFORE INSERT OR UPDATE OR DELETE ON sla_window FOR EACH STATEMENT EXECUTE FUNCTION data_version_before_statement();
CREATE TRIGGER calendar_version BEFORE INSERT OR UPDATE OR DELETE ON calendar FOR EACH STATEMENT EXECUTE FUNCTION data_version_before_statement();
CREATE TRIGGER component_label_version BEFORE INSERT OR UPDATE OR DELETE ON component_label FOR EACH STATEMENT EXECUTE FUNCTION data_version_before_statement();
CREATE TRIGGER component_window_version BEFORE INSERT OR UPDATE OR DELETE ON component_window FOR EACH STATEMENT EXECUTE FUNCTION data_version_before_statement();
CREATE TRIGGER component_calendar_version BEFORE INSERT OR UPDATE OR DELETE ON component_calendar FOR EACH STATEMENT EXECUTE FUNCTION data_version_before_statement();
CREATE TRIGGER window_calendar_version BEFORE INSERT OR UPDATE OR DELETE ON window_calendar FOR EACH STATEMENT EXECUTE FUNCTION data_version_before_statement();
CREATE TRIGGER rule_version BEFORE INSERT OR UPDATE OR DELETE ON rule FOR EACH STATEMENT EXECUTE FUNCTION data_version_before_statement();
CREATE TRIGGER label_version BEFORE INSERT OR UPDATE OR DELETE ON label FOR EACH STATEMENT EXECUTE FUNCTION data_version_before_statement();
CREATE TRIGGER component_stamped BEFORE INSERT OR UPDATE ON component FOR EACH ROW EXECUTE FUNCTION data_version_stamp_row();
CREATE TRIGGER component_rekeyed AFTER UPDATE OF id ON component FOR EACH ROW WHEN (OLD.id <> NEW.id) EXECUTE FUNCTION data_version_bury_row();
CREATE TRIGGER component_deleted AFTER DELETE ON component FOR EACH ROW EXECUTE FUNCTION data_version_bury_row();
CREATE TRIGGER sla_window_stamped BEFORE INSERT OR UPDATE ON sla_window FOR EACH ROW EXECUTE FUNCTION data_version_stamp_row();
CREATE TRIGGER sla_window_rekeyed AFTER UPDATE OF id ON sla_window FOR EACH ROW WHEN (OLD.id <> NEW.id) EXECUTE FUNCTION data_version_bury_row();
CREATE TRIGGER sla_window_deleted AFTER DELETE ON sla_window FOR EACH ROW EXECUTE FUNCTION data_version_bury_row();
CREATE TRIGGER calendar_stamped BEFORE INSERT OR UPDATE ON calendar FOR EACH ROW EXECUTE FUNCTION data_version_stamp_row();
CREATE TRIGGER calendar_rekeyed AFTER UPDATE OF id ON calendar FOR EACH ROW WHEN (OLD.id <> NEW.id) EXECUTE FUNCTION data_version_bury_row();
CREATE TRIGGER calendar_deleted AFTER DELETE ON calendar FOR EACH ROW EXECUTE FUNCTION data_version_bury_row();
CREATE TRIGGER component_label_inserted AFTER INSERT ON component_label REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION component_links_changed();
CREATE TRIGGER component_label_deleted AFTER DELETE ON component_label REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION component_links_changed();
CREATE TRIGGER component_label_updated_from AFTER UPDATE ON component_label REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION component_links_changed();
CREATE TRIGGER component_label_updated_to AFTER UPDATE ON component_label REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION component_links_changed();
CREATE TRIGGER component_window_inserted AFTER INSERT ON component_window REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION component_links_changed();
CREATE TRIGGER component_window_deleted AFTER DELETE ON component_window REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION component_links_changed();
CREATE TRIGGER component_window_updated_from AFTER UPDATE ON component_window REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION component_links_changed();
CREATE TRIGGER component_window_updated_to AFTER UPDATE ON component_window REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION component_links_changed();
CREATE TRIGGER component_calendar_inserted AFTER INSERT ON component_calendar REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION component_links_changed();
CREATE TRIGGER component_calendar_deleted AFTER DELETE ON component_calendar REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION component_links_changed();
CREATE TRIGGER component_calendar_updated_from AFTER UPDATE ON component_calendar REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION component_links_changed();
CREATE TRIGGER component_calendar_updated_to AFTER UPDATE ON component_calendar REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION component_links_changed();
CREATE TRIGGER window_calendar_inserted AFTER INSERT ON window_calendar REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION window_links_changed();
CREATE TRIGGER window_calendar_deleted AFTER DELETE ON window_calendar REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION window_links_changed();
CREATE TRIGGER window_calendar_updated_from AFTER UPDATE ON window_calendar REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION window_links_changed();
CREATE TRIGGER window_calendar_updated_to AFTER UPDATE ON window_calendar REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION window_links_changed();
CREATE TRIGGER rule_inserted AFTER INSERT ON rule REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION rules_changed();
CREATE TRIGGER rule_deleted AFTER DELETE ON rule REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION rules_changed();
CREATE TRIGGER rule_updated_from AFTER UPDATE ON rule REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION rules_changed();
CREATE TRIGGER rule_updated_to AFTER UPDATE ON rule REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION rules_changed();
CREATE TRIGGER label_updated AFTER UPDATE OF name, value ON label FOR EACH ROW EXECUTE FUNCTION label_changed();
CREATE TRIGGER component_not_truncated BEFORE TRUNCATE ON component FOR EACH STATEMENT EXECUTE FUNCTION data_version_refuse_truncate();
CREATE TRIGGER sla_window_not_truncated BEFORE TRUNCATE ON sla_window FOR EACH STATEMENT EXECUTE FUNCTION data_version_refuse_truncate();
CREATE TRIGGER calendar_not_truncated BEFORE TRUNCATE ON calendar FOR EACH STATEMENT EXECUTE FUNCTION data_version_refuse_truncate();
CREATE TRIGGER component_label_not_truncated BEFORE TRUNCATE ON component_label FOR EACH STATEMENT EXECUTE FUNCTION data_version_refuse_truncate();
CREATE TRIGGER component_window_not_truncated BEFORE TRUNCATE ON component_window FOR EACH STATEMENT EXECUTE FUNCTION data_version_refuse_truncate();
CREATE TRIGGER component_calendar_not_truncated BEFORE TRUNCATE ON component_calendar FOR EACH STATEMENT EXECUTE FUNCTION data_version_refuse_truncate();
CREATE TRIGGER window_calendar_not_truncated BEFORE TRUNCATE ON window_calendar FOR EACH STATEMENT EXECUTE FUNCTION data_version_refuse_truncate();
CREATE TRIGGER rule_not_truncated BEFORE TRUNCATE ON rule FOR EACH STATEMENT EXECUTE FUNCTION data_version_refuse_truncate();
CREATE TRIGGER label_not_truncated BEFORE TRUNCATE ON label FOR EACH STATEMENT EXECUTE FUNCTION data_version_refuse_truncate();
