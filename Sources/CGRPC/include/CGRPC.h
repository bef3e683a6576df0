/// The edge of the gRPC C core (Debian's libgrpc-dev 1.51.1).
///
/// Most of the core is called from Swift as it is. What is here exists for one of two reasons:
///
/// - The results of a batch (metadata, status, message, cancelled flag) must keep a stable address
///   until its completion, longer than the address of any Swift value lives. So each call has one
///   `cgrpc_call_state` on the heap, and one function here per batch that we start, which builds
///   the array of operations on the C stack.
/// - Macros and variadic functions that the importer leaves out.
///
/// `<sys/types.h>` comes first on purpose: the core's headers define `_GNU_SOURCE` before their
/// first libc header, which would give this module another `fd_set` than Swift's own Glibc module.
#ifndef CGRPC_H
#define CGRPC_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/slice.h>
#include <grpc/status.h>
#include <grpc/support/alloc.h>
#include <grpc/support/log.h>
#include <grpc/support/time.h>

/// Where the core writes the results of the operations of one call.
typedef struct {
  grpc_metadata_array initial_metadata;
  grpc_metadata_array trailing_metadata;
  grpc_status_code status;
  grpc_slice status_details;
  grpc_byte_buffer *_Nullable message;
  int cancelled;
} cgrpc_call_state;

/// Where the core writes a call that has just arrived at a server.
typedef struct {
  grpc_call *_Nullable call;
  grpc_call_details details;
  grpc_metadata_array metadata;
} cgrpc_accept_state;

/// Metadata to send. The core takes what it needs before the starting function returns.
typedef struct {
  grpc_metadata *_Nullable entries;
  size_t count;
} cgrpc_metadata;

cgrpc_call_state *_Nonnull cgrpc_call_state_create(void);
/// Frees the state, and a message that nobody took. Before the call is released, since the
/// elements of the metadata arrays are the call's.
void cgrpc_call_state_destroy(cgrpc_call_state *_Nonnull state);

cgrpc_accept_state *_Nonnull cgrpc_accept_state_create(void);
void cgrpc_accept_state_destroy(cgrpc_accept_state *_Nonnull state);
/// Makes the state ready for the next call; the arrays keep their memory.
void cgrpc_accept_state_reset(cgrpc_accept_state *_Nonnull state);

// --- Batches of a client ------------------------------------------------------------------

/// A whole unary call in one batch: metadata, the message and the half-close out; metadata, the
/// answer and the status in.
grpc_call_error cgrpc_start_unary(grpc_call *_Nonnull call, cgrpc_call_state *_Nonnull state,
                                  cgrpc_metadata metadata, uint32_t flags,
                                  grpc_byte_buffer *_Nonnull message, void *_Nonnull tag);
/// Sends metadata and asks for the server's. Without the latter, messages are held back.
grpc_call_error cgrpc_start_stream(grpc_call *_Nonnull call, cgrpc_call_state *_Nonnull state,
                                   cgrpc_metadata metadata, uint32_t flags, void *_Nonnull tag);
grpc_call_error cgrpc_receive_status(grpc_call *_Nonnull call, cgrpc_call_state *_Nonnull state,
                                     void *_Nonnull tag);
grpc_call_error cgrpc_half_close(grpc_call *_Nonnull call, void *_Nonnull tag);

// --- Batches of both sides ----------------------------------------------------------------

/// Sends a message; on a server with `with_metadata`, the (empty) initial metadata before it.
grpc_call_error cgrpc_send_message(grpc_call *_Nonnull call, bool with_metadata,
                                   grpc_byte_buffer *_Nonnull message, void *_Nonnull tag);
/// Asks for the next message, which lands in `state->message`, or null at the end.
grpc_call_error cgrpc_receive_message(grpc_call *_Nonnull call, cgrpc_call_state *_Nonnull state,
                                      void *_Nonnull tag);

// --- Batches of a server ------------------------------------------------------------------

grpc_call_error cgrpc_send_metadata(grpc_call *_Nonnull call, cgrpc_metadata metadata,
                                    void *_Nonnull tag);
/// Completes when the call is over for the core; then `state->cancelled` is set.
grpc_call_error cgrpc_receive_close(grpc_call *_Nonnull call, cgrpc_call_state *_Nonnull state,
                                    void *_Nonnull tag);
/// Ends a call: optionally the (empty) initial metadata and a last message, then the status.
grpc_call_error cgrpc_send_status(grpc_call *_Nonnull call, bool with_metadata,
                                  grpc_byte_buffer *_Nullable message, cgrpc_metadata trailing,
                                  grpc_status_code code, grpc_slice details, void *_Nonnull tag);
/// Answers a call that was never handed to anyone, in one batch that completes when it is over.
grpc_call_error cgrpc_refuse(grpc_call *_Nonnull call, cgrpc_call_state *_Nonnull state,
                             grpc_status_code code, grpc_slice details, void *_Nonnull tag);

// --- What the importer leaves out ---------------------------------------------------------

/// `GRPC_SLICE_LENGTH`, a macro with arguments.
static inline size_t cgrpc_slice_length(const grpc_slice *_Nonnull slice) {
  return GRPC_SLICE_LENGTH(*slice);
}

/// `GRPC_SLICE_START_PTR`: for short slices this points into `slice` itself, so by pointer.
static inline uint8_t *_Nullable cgrpc_slice_start(grpc_slice *_Nonnull slice) {
  return GRPC_SLICE_START_PTR(*slice);
}

/// `GRPC_SLICE_SET_LENGTH`, a macro with arguments.
static inline void cgrpc_slice_set_length(grpc_slice *_Nonnull slice, size_t length) {
  GRPC_SLICE_SET_LENGTH(*slice, length);
}

/// Whether the peer compressed the message, which we do not undo: see `per_message_decompression`.
static inline bool cgrpc_is_compressed(const grpc_byte_buffer *_Nonnull buffer) {
  return buffer->data.raw.compression != GRPC_COMPRESS_NONE;
}

/// How many pieces the message consists of, and the piece at `index`, without a reference.
static inline size_t cgrpc_slice_count(const grpc_byte_buffer *_Nonnull buffer) {
  return buffer->data.raw.slice_buffer.count;
}

static inline grpc_slice *_Nonnull cgrpc_slice_at(grpc_byte_buffer *_Nonnull buffer,
                                                  size_t index) {
  return &buffer->data.raw.slice_buffer.slices[index];
}

/// The core's memory quota as an argument; `quota` stays the caller's.
static inline grpc_arg cgrpc_quota_argument(grpc_resource_quota *_Nonnull quota) {
  grpc_arg argument = {
      .type = GRPC_ARG_POINTER,
      .key = GRPC_ARG_RESOURCE_QUOTA,
      .value.pointer = {.p = quota, .vtable = grpc_resource_quota_arg_vtable()},
  };
  return argument;
}

/// Nanoseconds from now until `moment`, INT64_MAX for never; whatever clock it is written in.
int64_t cgrpc_nanoseconds_until(gpr_timespec moment);

/// Names the thread that calls, for debuggers and `/proc` (15 bytes at most). Swift's Glibc module
/// shows neither `pthread_setname_np` nor the variadic `prctl`.
void cgrpc_name_thread(const char *_Nonnull name);

#endif
