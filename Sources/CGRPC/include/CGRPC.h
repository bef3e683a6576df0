/// The edge of CGRPC.
#ifndef CGRPC_H
#define CGRPC_H
#include <sys/types.h>
#endif
