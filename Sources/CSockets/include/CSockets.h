/// The edge of CSockets.
#ifndef CSOCKETS_H
#define CSOCKETS_H
#include <sys/types.h>
#endif
