#include "include/CGRPC.h"

#include <stdlib.h>
#include <sys/prctl.h>

/// Memory for our own states; the core aborts the same way when there is none.
static void *zeroed(size_t size) {
  void *memory = calloc(1, size);
  if (memory == NULL) abort();
  return memory;
}

cgrpc_call_state *cgrpc_call_state_create(void) {
  cgrpc_call_state *state = zeroed(sizeof(cgrpc_call_state));
  grpc_metadata_array_init(&state->initial_metadata);
  grpc_metadata_array_init(&state->trailing_metadata);
  state->status_details = grpc_empty_slice();
  return state;
}

void cgrpc_call_state_destroy(cgrpc_call_state *state) {
  grpc_metadata_array_destroy(&state->initial_metadata);
  grpc_metadata_array_destroy(&state->trailing_metadata);
  grpc_slice_unref(state->status_details);
  if (state->message != NULL) grpc_byte_buffer_destroy(state->message);
  free(state);
}

cgrpc_accept_state *cgrpc_accept_state_create(void) {
  cgrpc_accept_state *state = zeroed(sizeof(cgrpc_accept_state));
  grpc_call_details_init(&state->details);
  grpc_metadata_array_init(&state->metadata);
  return state;
}

void cgrpc_accept_state_destroy(cgrpc_accept_state *state) {
  grpc_call_details_destroy(&state->details);
  grpc_metadata_array_destroy(&state->metadata);
  free(state);
}

void cgrpc_accept_state_reset(cgrpc_accept_state *state) {
  grpc_call_details_destroy(&state->details);
  grpc_call_details_init(&state->details);
  state->metadata.count = 0;
  state->call = NULL;
}

// --- Operations ---------------------------------------------------------------------------

static grpc_op send_initial_metadata(cgrpc_metadata metadata, uint32_t flags) {
  grpc_op op = {.op = GRPC_OP_SEND_INITIAL_METADATA, .flags = flags};
  op.data.send_initial_metadata.count = metadata.count;
  op.data.send_initial_metadata.metadata = metadata.entries;
  return op;
}

static grpc_op send_message(grpc_byte_buffer *message) {
  grpc_op op = {.op = GRPC_OP_SEND_MESSAGE};
  op.data.send_message.send_message = message;
  return op;
}

static grpc_op send_half_close(void) {
  grpc_op op = {.op = GRPC_OP_SEND_CLOSE_FROM_CLIENT};
  return op;
}

static grpc_op send_status(cgrpc_metadata trailing, grpc_status_code code, grpc_slice *details) {
  grpc_op op = {.op = GRPC_OP_SEND_STATUS_FROM_SERVER};
  op.data.send_status_from_server.trailing_metadata_count = trailing.count;
  op.data.send_status_from_server.trailing_metadata = trailing.entries;
  op.data.send_status_from_server.status = code;
  op.data.send_status_from_server.status_details = details;
  return op;
}

static grpc_op receive_initial_metadata(cgrpc_call_state *state) {
  grpc_op op = {.op = GRPC_OP_RECV_INITIAL_METADATA};
  op.data.recv_initial_metadata.recv_initial_metadata = &state->initial_metadata;
  return op;
}

static grpc_op receive_message(cgrpc_call_state *state) {
  grpc_op op = {.op = GRPC_OP_RECV_MESSAGE};
  op.data.recv_message.recv_message = &state->message;
  return op;
}

static grpc_op receive_status(cgrpc_call_state *state) {
  grpc_op op = {.op = GRPC_OP_RECV_STATUS_ON_CLIENT};
  op.data.recv_status_on_client.trailing_metadata = &state->trailing_metadata;
  op.data.recv_status_on_client.status = &state->status;
  op.data.recv_status_on_client.status_details = &state->status_details;
  return op;
}

static grpc_op receive_close(cgrpc_call_state *state) {
  grpc_op op = {.op = GRPC_OP_RECV_CLOSE_ON_SERVER};
  op.data.recv_close_on_server.cancelled = &state->cancelled;
  return op;
}

static const cgrpc_metadata no_metadata = {NULL, 0};

// --- Batches ------------------------------------------------------------------------------

grpc_call_error cgrpc_start_unary(grpc_call *call, cgrpc_call_state *state,
                                  cgrpc_metadata metadata, uint32_t flags,
                                  grpc_byte_buffer *message, void *tag) {
  grpc_op ops[] = {
      send_initial_metadata(metadata, flags), send_message(message),  send_half_close(),
      receive_initial_metadata(state),        receive_message(state), receive_status(state),
  };
  return grpc_call_start_batch(call, ops, 6, tag, NULL);
}

grpc_call_error cgrpc_start_stream(grpc_call *call, cgrpc_call_state *state,
                                   cgrpc_metadata metadata, uint32_t flags, void *tag) {
  grpc_op ops[] = {send_initial_metadata(metadata, flags), receive_initial_metadata(state)};
  return grpc_call_start_batch(call, ops, 2, tag, NULL);
}

grpc_call_error cgrpc_receive_status(grpc_call *call, cgrpc_call_state *state, void *tag) {
  grpc_op op = receive_status(state);
  return grpc_call_start_batch(call, &op, 1, tag, NULL);
}

grpc_call_error cgrpc_half_close(grpc_call *call, void *tag) {
  grpc_op op = send_half_close();
  return grpc_call_start_batch(call, &op, 1, tag, NULL);
}

grpc_call_error cgrpc_send_message(grpc_call *call, bool with_metadata, grpc_byte_buffer *message,
                                   void *tag) {
  grpc_op ops[2];
  size_t count = 0;
  if (with_metadata) ops[count++] = send_initial_metadata(no_metadata, 0);
  ops[count++] = send_message(message);
  return grpc_call_start_batch(call, ops, count, tag, NULL);
}

grpc_call_error cgrpc_receive_message(grpc_call *call, cgrpc_call_state *state, void *tag) {
  grpc_op op = receive_message(state);
  return grpc_call_start_batch(call, &op, 1, tag, NULL);
}

grpc_call_error cgrpc_send_metadata(grpc_call *call, cgrpc_metadata metadata, void *tag) {
  grpc_op op = send_initial_metadata(metadata, 0);
  return grpc_call_start_batch(call, &op, 1, tag, NULL);
}

grpc_call_error cgrpc_receive_close(grpc_call *call, cgrpc_call_state *state, void *tag) {
  grpc_op op = receive_close(state);
  return grpc_call_start_batch(call, &op, 1, tag, NULL);
}

grpc_call_error cgrpc_send_status(grpc_call *call, bool with_metadata, grpc_byte_buffer *message,
                                  cgrpc_metadata trailing, grpc_status_code code,
                                  grpc_slice details, void *tag) {
  grpc_op ops[3];
  size_t count = 0;
  if (with_metadata) ops[count++] = send_initial_metadata(no_metadata, 0);
  if (message != NULL) ops[count++] = send_message(message);
  ops[count++] = send_status(trailing, code, &details);
  return grpc_call_start_batch(call, ops, count, tag, NULL);
}

grpc_call_error cgrpc_refuse(grpc_call *call, cgrpc_call_state *state, grpc_status_code code,
                             grpc_slice details, void *tag) {
  grpc_op ops[] = {
      send_initial_metadata(no_metadata, 0),
      send_status(no_metadata, code, &details),
      receive_close(state),
  };
  return grpc_call_start_batch(call, ops, 3, tag, NULL);
}

// --- Time ---------------------------------------------------------------------------------

int64_t cgrpc_nanoseconds_until(gpr_timespec moment) {
  gpr_timespec left = gpr_time_sub(gpr_convert_clock_type(moment, GPR_CLOCK_MONOTONIC),
                                   gpr_now(GPR_CLOCK_MONOTONIC));
  // Beyond a century is never: the core writes "no deadline" as a moment far away.
  if (left.tv_sec >= INT64_C(3155760000)) return INT64_MAX;
  if (left.tv_sec <= INT64_C(-3155760000)) return INT64_MIN;
  return left.tv_sec * INT64_C(1000000000) + left.tv_nsec;
}

// --- The process --------------------------------------------------------------------------

void cgrpc_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }
