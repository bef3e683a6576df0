/// The edge of libprotobuf-c: the messages of proto/, as protoc-c generates them, with the arena
/// into which they are unpacked and the sink into which they are packed.
#ifndef CFLEETMESSAGES_H
#define CFLEETMESSAGES_H

// First, so that features.h is evaluated as in SwiftGlibc whatever the later headers define.
#include <sys/types.h>

#include "arena.h"
#include "retinue/fleet/v1/common.pb-c.h"
#include "retinue/fleet/v1/control.pb-c.h"
#include "retinue/fleet/v1/query.pb-c.h"
#include "retinue/fleet/v1/upload.pb-c.h"
#include "sink.h"

#endif
