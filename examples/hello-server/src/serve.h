/* Answering requests over sockets. */
#ifndef SERVE_H
#define SERVE_H

#include <stdbool.h>

/* A socket that listens on the port of all addresses; port 0 picks a free one. -1 with errno on failure. */
int listen_on(int port);

/* The port of a listening socket. */
int port_of(int listener);

/* Answers one connection with files below the directory `root`, and closes it. */
void answer(int connection, int root);

/* Asks a server on this machine for a path. True when it answers 200. */
bool fetch(int port, const char *path);

#endif
