/// The edge of CSQLite.
#ifndef CSQLITE_H
#define CSQLITE_H
#include <sys/types.h>
#endif
