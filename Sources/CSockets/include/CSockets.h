/// The edge of the system's sockets and of epoll.
///
/// `sockaddr_*` and `epoll_event` stay here: their casts and packed unions have no good shape in
/// Swift. Every function answers a negative errno on failure, so that no caller reads `errno`
/// after something else has changed it.
#ifndef CSOCKETS_H
#define CSOCKETS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// Reads a numeric address. Answers its length (4 or 16), or 0 if it is none.
int csockets_parse_address(const char *text, uint8_t bytes[16]);

/// Opens a non-blocking socket and begins to connect it: `length` is 4 or 16 bytes of address.
/// The connection stands once the socket is writable and `csockets_pending_error` is 0.
int csockets_connect_tcp(const uint8_t *address, size_t length, uint16_t port);

/// The same in the network namespace of a process, which is entered by a thread of its own for as
/// long as it takes to make the socket. -ESTALE where the process is in another one than `inode`;
/// -EPERM without CAP_SYS_ADMIN.
int csockets_connect_tcp_inside(pid_t process, uint64_t inode, const uint8_t *address,
                                size_t length, uint16_t port);

/// The same for a Unix socket; fails with -EAGAIN when the listener's queue is full.
int csockets_connect_unix(const char *path);

/// Binds and listens on a Unix socket. The file must not exist.
int csockets_listen_unix(const char *path, int backlog);

/// Accepts one connection as a non-blocking socket.
int csockets_accept(int descriptor);

/// The process at the other end of a Unix socket, as the kernel knows it.
int csockets_peer_process(int descriptor);

/// Takes the socket's pending error (SO_ERROR): 0 or a negative errno.
int csockets_pending_error(int descriptor);

/// `recv` that is repeated when a signal interrupts it.
ssize_t csockets_receive(int descriptor, void *bytes, size_t count);

/// `send` with MSG_NOSIGNAL: a peer that has gone is an error, never a SIGPIPE.
ssize_t csockets_send(int descriptor, const void *bytes, size_t count);

int csockets_close(int descriptor);

/// Fills the bytes from the kernel's random source: 0 or a negative errno.
int csockets_random(void *bytes, size_t count);

/// The words for an errno, in English whatever the locale; they are never freed.
const char *csockets_describe(int number);

enum {
  csockets_readable = 1,
  csockets_writable = 2,
};

/// What became of one registered descriptor.
struct csockets_event {
  uint64_t token;
  /// `csockets_readable` and `csockets_writable`; an error or a hang-up is both, since either
  /// operation will then say what happened.
  uint32_t readiness;
};

int csockets_poller_create(void);

/// Registers a descriptor that reports nothing until it is armed.
int csockets_poller_add(int poller, int descriptor, uint64_t token);

/// Asks for one report: it comes once, and then the descriptor has to be armed again.
int csockets_poller_arm(int poller, int descriptor, uint64_t token, uint32_t interest);

int csockets_poller_remove(int poller, int descriptor);

/// Waits for reports; `timeout` in milliseconds, -1 for ever. An interruption is no report.
int csockets_poller_wait(int poller, struct csockets_event *events, int capacity, int timeout);

/// A descriptor that is readable after `csockets_alarm_ring` until `csockets_alarm_clear`.
int csockets_alarm_create(void);
void csockets_alarm_ring(int alarm);
void csockets_alarm_clear(int alarm);

#endif
