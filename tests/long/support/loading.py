"""Loads rows straight into the tables: what wxlogin has written is read first, and each new row is a
copy of it with other values."""

import os
import re
import sqlite3
from itertools import islice

CHUNK = 500_000


def copies(columns, written, changes):
    """Rows with the values of the written one, except for the changes to columns that there are."""
    for change in changes:
        row = written | change
        yield tuple(row[column] for column in columns)


class SqliteTables:
    def __init__(self, database):
        os.environ["SQLITE_TMPDIR"] = str(database.file.parent)
        self.db = sqlite3.connect(database.file, isolation_level=None)
        for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -500000", "threads = 2"):
            self.db.execute(f"PRAGMA {setting}")

    def written(self, table):
        """The columns, and the first row."""
        rows = self.db.execute(f"SELECT * FROM {table} LIMIT 1")
        columns = [column[0] for column in rows.description]
        return columns, dict(zip(columns, rows.fetchone()))

    def load(self, table, columns, rows):
        indexes = self.db.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql > ''",
            [table],
        ).fetchall()
        for index, _ in indexes:
            self.db.execute(f"DROP INDEX {index}")
        self.db.execute("BEGIN")
        places = ", ".join("?" * len(columns))
        self.db.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", rows)
        self.db.execute("COMMIT")
        for _, definition in indexes:
            self.db.execute(definition)

    def close(self):
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.close()


class MysqlTables:
    def __init__(self, database):
        self.sql, self.file = database.sql, database.server.folder / "rows"
        self.sql("ALTER INSTANCE DISABLE INNODB REDO_LOG")

    def _types(self, table):
        return self.sql(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'wxlogin'"
            f" AND table_name = '{table}' ORDER BY ordinal_position"
        )

    def written(self, table):
        """The columns, and the first row."""
        types = self._types(table)
        shown = [f"HEX(`{name}`)" if _is_binary(kind) else f"`{name}`" for name, kind in types]
        row = self.sql(f"SELECT {', '.join(shown)} FROM {table} LIMIT 1")[0]
        return [name for name, _ in types], {
            name: None if text == "NULL" else bytes.fromhex(text) if _is_binary(kind)
            else int(text) if "int" in kind else text
            for (name, kind), text in zip(types, row)
        }

    def load(self, table, columns, rows):
        definition = self.sql(f"SHOW CREATE TABLE {table}")[0][1].replace("\\n", "\n")
        indexes = re.findall(r"^  ((?:UNIQUE )?KEY `(\w+)` .*?),?$", definition, re.MULTILINE)
        if indexes:
            dropped = ", ".join(f"DROP INDEX `{name}`" for _, name in indexes)
            self.sql(f"ALTER TABLE {table} {dropped}")
        binary = {name for name, kind in self._types(table) if _is_binary(kind)}
        targets = ", ".join(f"@{name}" if name in binary else f"`{name}`" for name in columns)
        unhexed = ", ".join(f"`{name}` = UNHEX(@{name})" for name in columns if name in binary)
        rows = iter(rows)
        while chunk := list(islice(rows, CHUNK)):
            with open(self.file, "w") as file:
                file.writelines("\t".join(map(_field, row)) + "\n" for row in chunk)
            self.sql(
                f"SET unique_checks = 0; LOAD DATA LOCAL INFILE '{self.file}' INTO TABLE {table}"
                f" CHARACTER SET utf8mb4 ({targets}) SET {unhexed}"
            )
            self.file.unlink()
        for definition, _ in indexes:
            self.sql(f"ALTER TABLE {table} ADD {definition}")
        self.sql(f"ANALYZE TABLE {table}")

    def close(self):
        self.sql("ALTER INSTANCE ENABLE INNODB REDO_LOG")


def _is_binary(kind):
    return kind in ("binary", "varbinary", "blob")


def _field(value):
    return r"\N" if value is None else value.hex() if isinstance(value, bytes) else str(value)


TABLES = {"sqlite": SqliteTables, "mysql": MysqlTables}
