/// The edge of CZstd.
#ifndef CZSTD_H
#define CZSTD_H
#include <sys/types.h>
#endif
