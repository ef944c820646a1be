-- The versions of migrations that a program which does not know them can work beside: they only add what it never asks for and need not
-- fill. Such a migration writes its own version here, so that an older program reads it and goes on.
CREATE TABLE additive_migration (
    version TEXT PRIMARY KEY NOT NULL,
    CONSTRAINT additive_migration_texts_check CHECK (typeof(version) = 'text')
);
INSERT INTO additive_migration (version) VALUES ('20261129000100');
