/// The edge of CCrypto.
#ifndef CCRYPTO_H
#define CCRYPTO_H
#include <sys/types.h>
#endif
