-- Whether a user has to choose another password before anything else.
ALTER TABLE user_account ADD COLUMN must_change BOOLEAN NOT NULL DEFAULT FALSE;

-- From where users have logged in: an address, or the first half of an IPv6 address in hexadecimal digits. Guesses of others do not keep
-- them from logging in there again.
CREATE TABLE login_place (
    user_id BIGINT NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
    place   TEXT NOT NULL,
    last_at TIMESTAMP NOT NULL,
    PRIMARY KEY (user_id, place)
);
INSERT INTO login_place (user_id, place, last_at)
    SELECT user_id, address, max(created_at) FROM login_session WHERE address LIKE '%.%' GROUP BY user_id, address;

-- Of whose name failures are, as a hash; null where they are of all names from one address.
ALTER TABLE login_failure ADD COLUMN username_hash TEXT NULL;
CREATE INDEX login_failure_username_hash_idx ON login_failure (username_hash);
INSERT INTO additive_migration (version) VALUES ('20261129000300');
