#define _GNU_SOURCE

#include "include/CSockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

int csockets_parse_address(const char *text, uint8_t bytes[16]) {
  if (inet_pton(AF_INET, text, bytes) == 1) return 4;
  if (inet_pton(AF_INET6, text, bytes) == 1) return 16;
  return 0;
}

static int open_socket(int family) {
  int descriptor = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  return descriptor < 0 ? -errno : descriptor;
}

static int begin_connect(int descriptor, const struct sockaddr *address, socklen_t length) {
  if (connect(descriptor, address, length) == 0 || errno == EINPROGRESS) return descriptor;
  int failure = -errno;
  close(descriptor);
  return failure;
}

/// Begins to connect a socket, or closes it.
static int connect_tcp(int descriptor, const uint8_t *address, size_t length, uint16_t port) {
  if (descriptor < 0) return descriptor;
  // Commands are small and answered one by one: waiting to fill a segment only delays them.
  int on = 1;
  (void)setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (length == 4) {
    struct sockaddr_in target = {.sin_family = AF_INET, .sin_port = htons(port)};
    memcpy(&target.sin_addr, address, 4);
    return begin_connect(descriptor, (const struct sockaddr *)&target, sizeof target);
  }
  struct sockaddr_in6 target = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  memcpy(&target.sin6_addr, address, 16);
  return begin_connect(descriptor, (const struct sockaddr *)&target, sizeof target);
}

int csockets_connect_tcp(const uint8_t *address, size_t length, uint16_t port) {
  int descriptor = open_socket(length == 4 ? AF_INET : AF_INET6);
  return connect_tcp(descriptor, address, length, port);
}

struct visit {
  int namespace;
  int family;
  int descriptor;
};

/// Runs in a thread that ends with it: a namespace is entered for good.
static void *open_inside(void *context) {
  struct visit *visit = context;
  visit->descriptor =
      setns(visit->namespace, CLONE_NEWNET) < 0 ? -errno : open_socket(visit->family);
  return NULL;
}

static int visit_namespace(struct visit *visit) {
  pthread_attr_t attributes;
  pthread_t thread;
  sigset_t all, before;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 128 << 10);
  // A signal for the process is for a thread that stays.
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int failure = pthread_create(&thread, &attributes, open_inside, visit);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  if (failure != 0) return -failure;
  pthread_join(thread, NULL);
  return visit->descriptor;
}

/// A process id may have come to somebody else, whose namespace we were not asked to enter.
static int open_namespace(pid_t process, uint64_t inode) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/ns/net", (int)process);
  int namespace = open(path, O_RDONLY | O_CLOEXEC);
  if (namespace < 0) return -errno;
  struct stat information;
  if (fstat(namespace, &information) == 0 && information.st_ino == inode) return namespace;
  close(namespace);
  return -ESTALE;
}

int csockets_connect_tcp_inside(pid_t process, uint64_t inode, const uint8_t *address,
                                size_t length, uint16_t port) {
  int namespace = open_namespace(process, inode);
  if (namespace < 0) return namespace;
  struct visit visit = {namespace, length == 4 ? AF_INET : AF_INET6, -1};
  int descriptor = visit_namespace(&visit);
  close(namespace);
  return connect_tcp(descriptor, address, length, port);
}

/// Fills the address of a path, which must fit with its closing zero.
static int fill_path(struct sockaddr_un *address, const char *path) {
  size_t length = strlen(path);
  if (length == 0 || length >= sizeof address->sun_path) return -ENAMETOOLONG;
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  memcpy(address->sun_path, path, length);
  return 0;
}

int csockets_connect_unix(const char *path) {
  struct sockaddr_un target;
  int failure = fill_path(&target, path);
  if (failure < 0) return failure;
  int descriptor = open_socket(AF_UNIX);
  if (descriptor < 0) return descriptor;
  return begin_connect(descriptor, (const struct sockaddr *)&target, sizeof target);
}

int csockets_listen_unix(const char *path, int backlog) {
  struct sockaddr_un address;
  int failure = fill_path(&address, path);
  if (failure < 0) return failure;
  int descriptor = open_socket(AF_UNIX);
  if (descriptor < 0) return descriptor;
  if (bind(descriptor, (const struct sockaddr *)&address, sizeof address) < 0 ||
      listen(descriptor, backlog) < 0) {
    failure = -errno;
    close(descriptor);
    return failure;
  }
  return descriptor;
}

int csockets_accept(int descriptor) {
  int accepted;
  do {
    accepted = accept4(descriptor, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  } while (accepted < 0 && errno == EINTR);
  return accepted < 0 ? -errno : accepted;
}

int csockets_peer_process(int descriptor) {
  struct ucred peer;
  socklen_t length = sizeof peer;
  if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0) return -errno;
  return peer.pid;
}

int csockets_pending_error(int descriptor) {
  int pending = 0;
  socklen_t length = sizeof pending;
  if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &pending, &length) < 0) return -errno;
  return -pending;
}

ssize_t csockets_receive(int descriptor, void *bytes, size_t count) {
  ssize_t received;
  do {
    received = recv(descriptor, bytes, count, 0);
  } while (received < 0 && errno == EINTR);
  return received < 0 ? -errno : received;
}

ssize_t csockets_send(int descriptor, const void *bytes, size_t count) {
  ssize_t sent;
  do {
    sent = send(descriptor, bytes, count, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? -errno : sent;
}

int csockets_close(int descriptor) {
  // Linux frees the number even when it answers EINTR, so closing again would hit a stranger.
  return close(descriptor) < 0 ? -errno : 0;
}

int csockets_random(void *bytes, size_t count) {
  uint8_t *rest = bytes;
  while (count > 0) {
    ssize_t filled = getrandom(rest, count, 0);
    if (filled < 0 && errno != EINTR) return -errno;
    if (filled > 0) {
      rest += filled;
      count -= (size_t)filled;
    }
  }
  return 0;
}

const char *csockets_describe(int number) {
  const char *words = strerrordesc_np(number);
  return words ? words : "unknown error";
}

int csockets_poller_create(void) {
  int poller = epoll_create1(EPOLL_CLOEXEC);
  return poller < 0 ? -errno : poller;
}

static int control(int poller, int operation, int descriptor, uint64_t token, uint32_t events) {
  struct epoll_event event = {.events = events | EPOLLONESHOT, .data = {.u64 = token}};
  return epoll_ctl(poller, operation, descriptor, &event) < 0 ? -errno : 0;
}

int csockets_poller_add(int poller, int descriptor, uint64_t token) {
  return control(poller, EPOLL_CTL_ADD, descriptor, token, 0);
}

int csockets_poller_arm(int poller, int descriptor, uint64_t token, uint32_t interest) {
  uint32_t events = 0;
  if (interest & csockets_readable) events |= EPOLLIN | EPOLLRDHUP;
  if (interest & csockets_writable) events |= EPOLLOUT;
  return control(poller, EPOLL_CTL_MOD, descriptor, token, events);
}

int csockets_poller_remove(int poller, int descriptor) {
  return epoll_ctl(poller, EPOLL_CTL_DEL, descriptor, NULL) < 0 ? -errno : 0;
}

int csockets_poller_wait(int poller, struct csockets_event *events, int capacity, int timeout) {
  enum { most = 64 };
  struct epoll_event reports[most];
  int count = epoll_wait(poller, reports, capacity < most ? capacity : most, timeout);
  if (count < 0) return errno == EINTR ? 0 : -errno;
  for (int i = 0; i < count; i++) {
    uint32_t readiness = 0;
    if (reports[i].events & (EPOLLIN | EPOLLRDHUP)) readiness |= csockets_readable;
    if (reports[i].events & EPOLLOUT) readiness |= csockets_writable;
    if (reports[i].events & (EPOLLERR | EPOLLHUP)) {
      readiness |= csockets_readable | csockets_writable;
    }
    events[i].token = reports[i].data.u64;
    events[i].readiness = readiness;
  }
  return count;
}

int csockets_alarm_create(void) {
  int alarm = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  return alarm < 0 ? -errno : alarm;
}

void csockets_alarm_ring(int alarm) {
  uint64_t one = 1;
  // The only failure is a full counter, and then the alarm rings already.
  ssize_t ignored = write(alarm, &one, sizeof one);
  (void)ignored;
}

void csockets_alarm_clear(int alarm) {
  uint64_t count;
  ssize_t ignored = read(alarm, &count, sizeof count);
  (void)ignored;
}
