-- name_key is the name in the form in which names are compared: NFC with full Unicode case folding. Two names with one key look alike.
-- SQL cannot fold so, hence the program fills the column: all of it after migrating, NULL at its start, and its own rows as it writes
-- them. NULL means not filled yet, as in rows inserted by hand; look-ups read the names of those rows instead.
-- Names that had equal keys already stay: all but one have U+001F and their id behind the key, which no name can hold.
-- The older index, unique under ASCII lower-casing, stays for rows that are not filled yet.
ALTER TABLE component ADD COLUMN name_key TEXT COLLATE "C" NULL;
CREATE UNIQUE INDEX component_name_key_key ON component (name_key);
ALTER TABLE sla_window ADD COLUMN name_key TEXT COLLATE "C" NULL;
CREATE UNIQUE INDEX sla_window_name_key_key ON sla_window (name_key);
ALTER TABLE calendar ADD COLUMN name_key TEXT COLLATE "C" NULL;
CREATE UNIQUE INDEX calendar_name_key_key ON calendar (name_key);
ALTER TABLE user_account ADD COLUMN name_key TEXT COLLATE "C" NULL;
CREATE UNIQUE INDEX user_account_name_key_key ON user_account (name_key);
ALTER TABLE user_group ADD COLUMN name_key TEXT COLLATE "C" NULL;
CREATE UNIQUE INDEX user_group_name_key_key ON user_group (name_key);

-- A name that is changed by hand leaves its key behind.
CREATE FUNCTION name_key_forget() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    NEW.name_key := NULL;
    RETURN NEW;
END $$;
CREATE TRIGGER component_renamed BEFORE UPDATE OF name ON component FOR EACH ROW
    WHEN (NEW.name <> OLD.name AND NEW.name_key = OLD.name_key) EXECUTE FUNCTION name_key_forget();
CREATE TRIGGER sla_window_renamed BEFORE UPDATE OF name ON sla_window FOR EACH ROW
    WHEN (NEW.name <> OLD.name AND NEW.name_key = OLD.name_key) EXECUTE FUNCTION name_key_forget();
CREATE TRIGGER calendar_renamed BEFORE UPDATE OF name ON calendar FOR EACH ROW
    WHEN (NEW.name <> OLD.name AND NEW.name_key = OLD.name_key) EXECUTE FUNCTION name_key_forget();
CREATE TRIGGER user_account_renamed BEFORE UPDATE OF username ON user_account FOR EACH ROW
    WHEN (NEW.username <> OLD.username AND NEW.name_key = OLD.name_key) EXECUTE FUNCTION name_key_forget();
CREATE TRIGGER user_group_renamed BEFORE UPDATE OF name ON user_group FOR EACH ROW
    WHEN (NEW.name <> OLD.name AND NEW.name_key = OLD.name_key) EXECUTE FUNCTION name_key_forget();
