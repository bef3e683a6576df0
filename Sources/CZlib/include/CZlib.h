/// The edge of CZlib.
#ifndef CZLIB_H
#define CZLIB_H
#include <sys/types.h>
#endif
