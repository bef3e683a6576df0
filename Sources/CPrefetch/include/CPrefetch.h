/// The edge of CPrefetch.
#ifndef CPREFETCH_H
#define CPREFETCH_H
#include <sys/types.h>
#endif
