/// The edge of CFleetMessages.
#ifndef CFLEETMESSAGES_H
#define CFLEETMESSAGES_H
#include <sys/types.h>
#endif
