/// The memory of one message, with an end.
#ifndef CFLEETMESSAGES_ARENA_H
#define CFLEETMESSAGES_ARENA_H

#include <sys/types.h>

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct fleet_arena_chunk fleet_arena_chunk;

/// A bump allocator. Nothing is freed piece by piece; `fleet_arena_reset` frees all of it.
///
/// Past `cap` bytes an allocation is NULL, and libprotobuf-c then refuses the message: so this is
/// the bound on what a peer can make one message cost. Used by one thread at a time.
typedef struct {
  /// To be handed to libprotobuf-c.
  ProtobufCAllocator allocator;
  fleet_arena_chunk *chunks;
  size_t first_chunk;
  size_t used;
  size_t cap;
  /// Whether an allocation was refused: tells "too large" from "malformed".
  bool exhausted;
} fleet_arena;

/// `first_chunk` is what the arena takes from malloc at its first allocation. The arena must not
/// move afterwards: its allocator points to it.
void fleet_arena_init(fleet_arena *arena, size_t cap, size_t first_chunk);

/// Memory aligned for every scalar of a message, or NULL past the cap.
void *fleet_arena_alloc(fleet_arena *arena, size_t size);

/// Frees everything; the arena is as new.
void fleet_arena_reset(fleet_arena *arena);

/// The length of a string that was unpacked into an arena, or -1 when it contains a NUL.
///
/// libprotobuf-c copies what the peer sent and forgets its length, so "a\0b" would read as "a". The
/// arena has kept it.
ssize_t fleet_arena_text_length(const char *text);

#endif
