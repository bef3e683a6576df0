#include "arena.h"

#include <stdlib.h>
#include <string.h>

struct fleet_arena_chunk {
  fleet_arena_chunk *next;
  size_t used;
  size_t capacity;
  uint64_t bytes[];
};

/// Before each allocation stands its size.
typedef struct {
  uint64_t size;
} allocation_header;

static const size_t largest_chunk = 1 << 20;

static void *allocate(void *data, size_t size) { return fleet_arena_alloc(data, size); }

static void forget(void *data, void *pointer) {}

void fleet_arena_init(fleet_arena *arena, size_t cap, size_t first_chunk) {
  *arena = (fleet_arena){
      .allocator = {.alloc = allocate, .free = forget, .allocator_data = arena},
      .first_chunk = first_chunk,
      .cap = cap,
  };
}

static bool add_chunk(fleet_arena *arena, size_t needed) {
  size_t wanted = arena->first_chunk;
  if (arena->chunks) {
    wanted = 2 * arena->chunks->capacity;
    if (wanted > largest_chunk) wanted = largest_chunk;
  }
  if (wanted < needed) wanted = needed;
  fleet_arena_chunk *chunk = malloc(sizeof(fleet_arena_chunk) + wanted);
  if (!chunk) return false;
  chunk->next = arena->chunks;
  chunk->used = 0;
  chunk->capacity = wanted;
  arena->chunks = chunk;
  return true;
}

void *fleet_arena_alloc(fleet_arena *arena, size_t size) {
  if (size > arena->cap) {
    arena->exhausted = true;
    return NULL;
  }
  size_t needed = sizeof(allocation_header) + ((size + 7) & ~(size_t)7);
  if (needed > arena->cap - arena->used) {
    arena->exhausted = true;
    return NULL;
  }
  fleet_arena_chunk *chunk = arena->chunks;
  if (!chunk || chunk->capacity - chunk->used < needed) {
    if (!add_chunk(arena, needed)) {
      arena->exhausted = true;
      return NULL;
    }
    chunk = arena->chunks;
  }
  allocation_header *header = (allocation_header *)((uint8_t *)chunk->bytes + chunk->used);
  header->size = size;
  chunk->used += needed;
  arena->used += needed;
  return header + 1;
}

void fleet_arena_reset(fleet_arena *arena) {
  fleet_arena_chunk *chunk = arena->chunks;
  while (chunk) {
    fleet_arena_chunk *next = chunk->next;
    free(chunk);
    chunk = next;
  }
  arena->chunks = NULL;
  arena->used = 0;
  arena->exhausted = false;
}

ssize_t fleet_arena_text_length(const char *text) {
  if (!text || text == protobuf_c_empty_string) return 0;
  // libprotobuf-c asked for one byte more than the peer sent, and wrote a NUL there.
  const allocation_header *header = (const allocation_header *)(const void *)text - 1;
  size_t sent = header->size - 1;
  return memchr(text, 0, sent) ? -1 : (ssize_t)sent;
}
