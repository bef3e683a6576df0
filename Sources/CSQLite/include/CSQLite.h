/// The edge of SQLite 3.40: its own header, and a shim for each thing that Swift cannot call.
#ifndef CSQLITE_H
#define CSQLITE_H

#include <sys/types.h>

#include <sqlite3.h>

/// `SQLITE_TRANSIENT` is a cast, which the importer does not take: SQLite copies the text before
/// this returns, because a Swift string bound by pointer is gone after the call.
int retinue_sqlite_bind_text(
  sqlite3_stmt *statement, int index, const char *text, sqlite3_uint64 byte_count);

/// As above for bytes. No bytes are bound as an empty blob: a Swift array without elements has a
/// NULL base address, which SQLite would store as NULL.
int retinue_sqlite_bind_blob(
  sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 byte_count);

/// `sqlite3_db_config` is variadic. Refuses writes to the schema tables and to shadow tables, so
/// that a damaged file cannot be made worse by its own schema.
int retinue_sqlite_make_defensive(sqlite3 *database);

#endif
