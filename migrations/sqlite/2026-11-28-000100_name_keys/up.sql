-- name_key is the name in the form in which names are compared: NFC with full Unicode case folding. Two names with one key look alike.
-- SQL cannot fold so, hence the program fills the column: all of it after migrating, NULL at its start, and its own rows as it writes
-- them. NULL means not filled yet, as in rows inserted by hand; look-ups read the names of those rows instead.
-- Names that had equal keys already stay: all but one have U+001F and their id behind the key, which no name can hold.
-- The older index, unique under ASCII lower-casing, stays for rows that are not filled yet.
ALTER TABLE component ADD COLUMN name_key TEXT NULL
    CONSTRAINT component_name_key_check CHECK (typeof(name_key) IN ('text', 'null'));
CREATE UNIQUE INDEX component_name_key_key ON component (name_key);
ALTER TABLE sla_window ADD COLUMN name_key TEXT NULL
    CONSTRAINT sla_window_name_key_check CHECK (typeof(name_key) IN ('text', 'null'));
CREATE UNIQUE INDEX sla_window_name_key_key ON sla_window (name_key);
ALTER TABLE calendar ADD COLUMN name_key TEXT NULL
    CONSTRAINT calendar_name_key_check CHECK (typeof(name_key) IN ('text', 'null'));
CREATE UNIQUE INDEX calendar_name_key_key ON calendar (name_key);
ALTER TABLE user_account ADD COLUMN name_key TEXT NULL
    CONSTRAINT user_account_name_key_check CHECK (typeof(name_key) IN ('text', 'null'));
CREATE UNIQUE INDEX user_account_name_key_key ON user_account (name_key);
ALTER TABLE user_group ADD COLUMN name_key TEXT NULL
    CONSTRAINT user_group_name_key_check CHECK (typeof(name_key) IN ('text', 'null'));
CREATE UNIQUE INDEX user_group_name_key_key ON user_group (name_key);

-- A name that is changed by hand leaves its key behind.
CREATE TRIGGER component_renamed AFTER UPDATE OF name ON component WHEN NEW.name <> OLD.name AND NEW.name_key = OLD.name_key
BEGIN
    UPDATE component SET name_key = NULL WHERE id = NEW.id;
END;
CREATE TRIGGER sla_window_renamed AFTER UPDATE OF name ON sla_window WHEN NEW.name <> OLD.name AND NEW.name_key = OLD.name_key
BEGIN
    UPDATE sla_window SET name_key = NULL WHERE id = NEW.id;
END;
CREATE TRIGGER calendar_renamed AFTER UPDATE OF name ON calendar WHEN NEW.name <> OLD.name AND NEW.name_key = OLD.name_key
BEGIN
    UPDATE calendar SET name_key = NULL WHERE id = NEW.id;
END;
CREATE TRIGGER user_account_renamed AFTER UPDATE OF username ON user_account WHEN NEW.username <> OLD.username AND NEW.name_key = OLD.name_key
BEGIN
    UPDATE user_account SET name_key = NULL WHERE id = NEW.id;
END;
CREATE TRIGGER user_group_renamed AFTER UPDATE OF name ON user_group WHEN NEW.name <> OLD.name AND NEW.name_key = OLD.name_key
BEGIN
    UPDATE user_group SET name_key = NULL WHERE id = NEW.id;
END;
