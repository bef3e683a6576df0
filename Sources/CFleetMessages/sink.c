#include "sink.h"

#include <string.h>

static void append(ProtobufCBuffer *buffer, size_t length, const uint8_t *data) {
  fleet_sink *sink = (fleet_sink *)buffer;
  if (data == sink->payload) {
    sink->payload_seen = true;
    return;
  }
  if (sink->payload_seen || length > sink->capacity - sink->used) {
    sink->failed = true;
    return;
  }
  memcpy(sink->head + sink->used, data, length);
  sink->used += length;
}

void fleet_sink_init(fleet_sink *sink, uint8_t *head, size_t capacity, const uint8_t *payload) {
  *sink = (fleet_sink){
      .buffer = {.append = append}, .head = head, .capacity = capacity, .payload = payload};
}
