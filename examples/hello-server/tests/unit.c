/* Tests of the request parser: a table of inputs and what they must give. */
#include "http.h"

#include <stdio.h>
#include <string.h>

static int failures;

static void check_path(const char *url, const char *expect)
{
    char path[MAX_PATH];
    bool good = normalise_path(url, strlen(url), path, sizeof path);
    if (good != (expect != NULL) || (good && strcmp(path, expect) != 0)) {
        printf("FAILED path `%s`: got `%s`, expected `%s`\n", url, good ? path : "(refused)", expect ? expect : "(refused)");
        failures++;
    }
}

static void check_request(const char *text, int status, bool gzip)
{
    struct request request;
    int got = parse_request(text, &request);
    if (got != status || request.accepts_gzip != gzip) {
        printf("FAILED request `%.20s…`: got %d %d, expected %d %d\n", text, got, request.accepts_gzip, status, gzip);
        failures++;
    }
}

static void check_long_path(void)
{
    char url[2 * MAX_PATH];
    memset(url, 'a', sizeof url - 1);
    url[0] = '/';
    url[sizeof url - 1] = '\0';
    check_path(url, NULL);
}

int main(void)
{
    check_path("/", "index.html");
    check_path("/docs/", "docs/index.html");
    check_path("/a%20b.txt", "a b.txt");
    check_path("//a/./b.css?x=1", "a/b.css");
    check_path("/../etc/passwd", NULL);
    check_path("/a/%2e%2e/%2E%2E/etc/passwd", NULL);
    check_path("/.env", NULL);
    check_path("/a%00b", NULL);
    check_path("/a%2", NULL);
    check_path("/a%zz", NULL);
    check_path("relative", NULL);
    check_path("", NULL);
    check_long_path();
    check_request("GET / HTTP/1.1\r\n\r\n", 0, false);
    check_request("GET / HTTP/1.1\r\nAccept-Encoding: br, gzip\r\n\r\n", 0, true);
    check_request("GET / HTTP/1.1\r\naccept-encoding: br\r\nX: gzip\r\n\r\n", 0, false);
    check_request("HEAD /x HTTP/1.0\r\n\r\n", 0, false);
    check_request("POST / HTTP/1.1\r\n\r\n", 405, false);
    check_request("GET /\r\n\r\n", 400, false);
    check_request("GET /../x HTTP/1.1\r\n\r\n", 400, false);
    check_request("", 400, false);
    if (failures == 0)
        puts("unit-tests: 21 of 21 passed");
    return failures != 0;
}
