/// Where a message with a large payload is packed without copying the payload.
#ifndef CFLEETMESSAGES_SINK_H
#define CFLEETMESSAGES_SINK_H

#include <sys/types.h>

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Copies everything but the payload into `head`; recognises the payload by its address, since
/// libprotobuf-c appends a bytes field as the caller's own pointer.
typedef struct {
  ProtobufCBuffer buffer;
  uint8_t *head;
  size_t capacity;
  size_t used;
  const uint8_t *payload;
  /// Whether everything fitted, the payload came, and nothing came after it.
  bool payload_seen;
  bool failed;
} fleet_sink;

void fleet_sink_init(fleet_sink *sink, uint8_t *head, size_t capacity, const uint8_t *payload);

#endif
