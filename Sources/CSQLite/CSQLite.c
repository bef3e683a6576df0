#include "include/CSQLite.h"

int retinue_sqlite_bind_text(
  sqlite3_stmt *statement, int index, const char *text, sqlite3_uint64 byte_count) {
  return sqlite3_bind_text64(statement, index, text, byte_count, SQLITE_TRANSIENT, SQLITE_UTF8);
}

int retinue_sqlite_bind_blob(
  sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 byte_count) {
  if (byte_count == 0) return sqlite3_bind_zeroblob(statement, index, 0);
  return sqlite3_bind_blob64(statement, index, bytes, byte_count, SQLITE_TRANSIENT);
}

int retinue_sqlite_make_defensive(sqlite3 *database) {
  return sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0);
}
