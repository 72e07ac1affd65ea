#include "serve.h"

#include "http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

static struct sockaddr_in address(uint32_t host, int port)
{
    struct sockaddr_in out = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    out.sin_addr.s_addr = htonl(host);
    return out;
}

int listen_on(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0)
        return -1;
    int yes = 1;
    struct sockaddr_in any = address(INADDR_ANY, port);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, (struct sockaddr *)&any, sizeof any) == 0 && listen(fd, 64) == 0)
        return fd;
    int reason = errno;
    close(fd);
    errno = reason;
    return -1;
}

int port_of(int listener)
{
    struct sockaddr_in bound;
    socklen_t size = sizeof bound;
    return getsockname(listener, (struct sockaddr *)&bound, &size) == 0 ? ntohs(bound.sin_port) : -1;
}

static bool send_all(int fd, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(fd, data, length, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        data += sent;
        length -= (size_t)sent;
    }
    return true;
}

/* Reads until the empty line that ends the headers. */
static bool read_request(int fd, char *buffer, size_t size)
{
    struct timeval patience = {.tv_sec = 5};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    size_t used = 0;
    while (used + 1 < size) {
        ssize_t got = recv(fd, buffer + used, size - used - 1, 0);
        if (got <= 0)
            return false;
        used += (size_t)got;
        buffer[used] = '\0';
        if (strstr(buffer, "\r\n\r\n") != NULL)
            return true;
    }
    return false;
}

static void send_head(int fd, int status, const char *type, long long length, bool gzip)
{
    char head[512];
    int used = snprintf(head, sizeof head,
                        "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %lld\r\n%s"
                        "X-Content-Type-Options: nosniff\r\nVary: Accept-Encoding\r\nConnection: close\r\n\r\n",
                        status, status_text(status), type, length, gzip ? "Content-Encoding: gzip\r\n" : "");
    send_all(fd, head, (size_t)used);
}

static void refuse(int fd, int status)
{
    const char *text = status_text(status);
    send_head(fd, status, "text/plain; charset=utf-8", (long long)strlen(text), false);
    send_all(fd, text, strlen(text));
}

/* Opens a plain file below the root; links are not followed. */
static int open_file(int root, const char *path, struct stat *info)
{
    int fd = openat(root, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0 && fstat(fd, info) == 0 && S_ISREG(info->st_mode))
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static void send_file(int connection, int root, const struct request *request)
{
    char packed[MAX_PATH + 4];
    struct stat info;
    snprintf(packed, sizeof packed, "%s.gz", request->path);
    int file = request->accepts_gzip ? open_file(root, packed, &info) : -1;
    bool gzip = file >= 0;
    if (!gzip)
        file = open_file(root, request->path, &info);
    if (file < 0) {
        refuse(connection, 404);
        return;
    }
    send_head(connection, 200, media_type(request->path), (long long)info.st_size, gzip);
    char block[16384];
    ssize_t got = 0;
    while (!request->head_only && (got = read(file, block, sizeof block)) > 0)
        if (!send_all(connection, block, (size_t)got))
            break;
    close(file);
}

void answer(int connection, int root)
{
    char text[MAX_REQUEST];
    struct request request;
    if (read_request(connection, text, sizeof text)) {
        int status = parse_request(text, &request);
        if (status != 0)
            refuse(connection, status);
        else
            send_file(connection, root, &request);
    }
    close(connection);
}

bool fetch(int port, const char *path)
{
    char text[MAX_REQUEST];
    struct sockaddr_in local = address(INADDR_LOOPBACK, port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0)
        return false;
    snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);
    bool asked = connect(fd, (struct sockaddr *)&local, sizeof local) == 0 && send_all(fd, text, strlen(text));
    bool good = asked && read_request(fd, text, sizeof text) && strncmp(text, "HTTP/1.1 200 ", 13) == 0;
    close(fd);
    return good;
}
