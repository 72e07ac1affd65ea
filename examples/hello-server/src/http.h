/* Reading requests: pure functions over text, so that they can be tested without a socket. */
#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>
#include <stddef.h>

#define MAX_REQUEST 4096
#define MAX_PATH 1024

struct request {
    bool head_only;      /* HEAD instead of GET. */
    bool accepts_gzip;   /* The client takes a gzip-encoded answer. */
    char path[MAX_PATH]; /* Relative to the root, normalised, without a leading slash. */
};

/* Reads a request up to its empty line. Returns 0, or the status of the answer that refuses it. */
int parse_request(const char *text, struct request *out);

/* Decodes and normalises the path of a URL. False when it is malformed, too long, or leaves the root. */
bool normalise_path(const char *url, size_t length, char *out, size_t size);

/* The media type that goes with a file name. */
const char *media_type(const char *path);

/* The words of a status. */
const char *status_text(int status);

#endif
