#include "http.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Decodes %XX. Returns the length, or -1 for a malformed escape, a NUL, or a text that does not fit. */
static int decode(const char *url, size_t length, char *out, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < length && url[i] != '?' && url[i] != '#'; i++) {
        char c = url[i];
        if (c == '%') {
            if (i + 2 >= length)
                return -1;
            int high = hex_digit(url[i + 1]), low = hex_digit(url[i + 2]);
            if (high < 0 || low < 0)
                return -1;
            c = (char)(high * 16 + low);
            i += 2;
        }
        if (c == '\0' || used + 1 >= size)
            return -1;
        out[used++] = c;
    }
    out[used] = '\0';
    return (int)used;
}

bool normalise_path(const char *url, size_t length, char *out, size_t size)
{
    char decoded[MAX_PATH];
    if (length == 0 || url[0] != '/' || decode(url, length, decoded, sizeof decoded) < 0)
        return false;
    bool folder = decoded[strlen(decoded) - 1] == '/';
    size_t used = 0;
    for (char *part = strtok(decoded, "/"); part != NULL; part = strtok(NULL, "/")) {
        if (strcmp(part, ".") == 0)
            continue;
        /* Going up is refused, not resolved: no honest client asks for it. Hidden files are nobody's business. */
        if (part[0] == '.')
            return false;
        int added = snprintf(out + used, size - used, "%s%s", used > 0 ? "/" : "", part);
        if (added < 0 || (size_t)added >= size - used)
            return false;
        used += (size_t)added;
    }
    if (folder || used == 0) {
        int added = snprintf(out + used, size - used, "%sindex.html", used > 0 ? "/" : "");
        return added > 0 && (size_t)added < size - used;
    }
    return true;
}

/* The value of a header, or NULL. Header names are compared without regard to case. */
static const char *header(const char *text, const char *name)
{
    for (const char *line = strstr(text, "\r\n"); line != NULL; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':')
            return line + strlen(name) + 1;
    }
    return NULL;
}

int parse_request(const char *text, struct request *out)
{
    memset(out, 0, sizeof *out);
    const char *url = strchr(text, ' ');
    const char *end = url != NULL ? strchr(url + 1, ' ') : NULL;
    const char *line = strstr(text, "\r\n");
    if (end == NULL || line == NULL || end > line || strncmp(end + 1, "HTTP/1.", 7) != 0)
        return 400;
    out->head_only = strncmp(text, "HEAD ", 5) == 0;
    if (!out->head_only && strncmp(text, "GET ", 4) != 0)
        return 405;
    url++;
    if (!normalise_path(url, (size_t)(end - url), out->path, sizeof out->path))
        return 400;
    const char *encoding = header(text, "accept-encoding");
    if (encoding != NULL) {
        const char *gzip = strstr(encoding, "gzip");
        const char *stop = strstr(encoding, "\r\n");
        out->accepts_gzip = gzip != NULL && (stop == NULL || gzip < stop);
    }
    return 0;
}

const char *media_type(const char *path)
{
    static const char *const types[][2] = {
        {".html", "text/html; charset=utf-8"}, {".css", "text/css; charset=utf-8"},
        {".js", "text/javascript"},            {".svg", "image/svg+xml"},
        {".txt", "text/plain; charset=utf-8"}, {".png", "image/png"},
    };
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot != NULL && i < sizeof types / sizeof types[0]; i++)
        if (strcmp(dot, types[i][0]) == 0)
            return types[i][1];
    return "application/octet-stream";
}

const char *status_text(int status)
{
    switch (status) {
    case 200: return "OK";
    case 400: return "Bad Request";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    default: return "Internal Server Error";
    }
}
