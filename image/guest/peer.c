/*
 * peer: what the test guest answers with on the network, and asks others with. busybox has no UDP.
 *
 *   peer serve <port>                           answers TCP lines and UDP packets, on IPv4 and IPv6
 *   peer ask tcp|udp <address> <port> <text>    sends a text, prints the answer; fails after three seconds without one
 *
 * An answer is "<host name> <address of the asker> <text>", so the asker learns who answered and whom they saw.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TEXT_LIMIT 65536
#define TIMEOUT_MS 3000

static void fail(const char *what) {
  perror(what);
  exit(1);
}

/* IPv4 addresses are written as IPv6 ones, so that one kind of socket serves both. */
static struct sockaddr_in6 address_of(const char *text, const char *port) {
  struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons((unsigned short)atoi(port))};
  char mapped[INET6_ADDRSTRLEN + 8];

  snprintf(mapped, sizeof(mapped), "%s%s", strchr(text, ':') == NULL ? "::ffff:" : "", text);
  if (inet_pton(AF_INET6, mapped, &address.sin6_addr) != 1) {
    fprintf(stderr, "peer: %s is no address\n", text);
    exit(2);
  }
  return address;
}

static int bound_socket(int type, const char *port) {
  struct sockaddr_in6 address = address_of("::", port);
  int on = 1, off = 0, fd = socket(AF_INET6, type, 0);

  if (fd < 0) fail("socket");
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
  if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) fail("bind");
  return fd;
}

/* Writes the answer to `text` into `answer`; returns its length. */
static int answer_to(const struct sockaddr_in6 *asker, const char *text, int length, char *answer) {
  char host[65] = "", address[INET6_ADDRSTRLEN];
  const char *shown = address;

  gethostname(host, sizeof(host) - 1);
  inet_ntop(AF_INET6, &asker->sin6_addr, address, sizeof(address));
  if (IN6_IS_ADDR_V4MAPPED(&asker->sin6_addr)) shown = strrchr(address, ':') + 1;
  return snprintf(answer, TEXT_LIMIT, "%s %s %.*s", host, shown, length, text);
}

static void answer_packet(int fd) {
  static char text[TEXT_LIMIT], answer[TEXT_LIMIT];
  struct sockaddr_in6 asker;
  socklen_t size = sizeof(asker);
  long got = recvfrom(fd, text, TEXT_LIMIT - 512, 0, (struct sockaddr *)&asker, &size);

  if (got < 0) return;
  sendto(fd, answer, (size_t)answer_to(&asker, text, (int)got, answer), 0, (struct sockaddr *)&asker, size);
}

static void answer_connection(int listener) {
  static char text[TEXT_LIMIT - 512], answer[TEXT_LIMIT];
  struct sockaddr_in6 asker;
  socklen_t size = sizeof(asker);
  int fd = accept(listener, (struct sockaddr *)&asker, &size);
  FILE *lines;

  if (fd < 0) return;
  if (fork() != 0) {
    close(fd);
    return;
  }
  lines = fdopen(fd, "r");
  while (lines != NULL && fgets(text, sizeof(text), lines) != NULL) {
    int length = answer_to(&asker, text, (int)strlen(text), answer);
    if (write(fd, answer, (size_t)length) != length) break;
  }
  exit(0);
}

static void serve(const char *port) {
  int packets = bound_socket(SOCK_DGRAM, port), listener = bound_socket(SOCK_STREAM, port);
  struct pollfd ready[] = {{.fd = packets, .events = POLLIN}, {.fd = listener, .events = POLLIN}};

  if (listen(listener, 64) < 0) fail("listen");
  signal(SIGCHLD, SIG_IGN);
  for (;;) {
    if (poll(ready, 2, -1) < 0) continue;
    if (ready[0].revents != 0) answer_packet(packets);
    if (ready[1].revents != 0) answer_connection(listener);
  }
}

static void ask(int type, char **args) {
  static char text[TEXT_LIMIT];
  struct sockaddr_in6 address = address_of(args[0], args[1]);
  int fd = socket(AF_INET6, type, 0), length = snprintf(text, sizeof(text), "%s\n", args[2]);
  struct timeval limit = {.tv_sec = TIMEOUT_MS / 1000};
  long got;

  if (fd < 0) fail("socket");
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) fail("connect");
  if (write(fd, text, (size_t)length) != length) fail("send");
  got = read(fd, text, sizeof(text));
  if (got < 0) fail("no answer");
  if (got == 0) {
    fputs("peer: closed without an answer\n", stderr);
    exit(1);
  }
  fwrite(text, 1, (size_t)got, stdout);
}

int main(int count, char **args) {
  if (count == 3 && strcmp(args[1], "serve") == 0) serve(args[2]);
  if (count == 6 && strcmp(args[1], "ask") == 0) {
    ask(strcmp(args[2], "udp") == 0 ? SOCK_DGRAM : SOCK_STREAM, args + 3);
    return 0;
  }
  fputs("usage: peer serve <port> | peer ask tcp|udp <address> <port> <text>\n", stderr);
  return 2;
}
