/* A small server of static files, with its own health check and self-test. */
#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define VERSION "1.0.0"

static int usage(void)
{
    fputs("usage: hello-server [--root DIR] [--port N]\n"
          "       hello-server --check [--port N] | --self-test [--root DIR] | --version\n",
          stderr);
    return 2;
}

/* Serves until a signal ends the process. */
static int serve(int listener, int root)
{
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        if (connection >= 0)
            answer(connection, root);
        else if (errno != EINTR && errno != ECONNABORTED)
            return 1;
    }
}

static int open_root(const char *path)
{
    int root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        fprintf(stderr, "hello-server: %s: %s\n", path, strerror(errno));
    return root;
}

/* Serves from a child process and asks it for the first page. */
static int self_test(const char *path)
{
    int root = open_root(path), listener = listen_on(0);
    if (root < 0 || listener < 0)
        return 1;
    pid_t child = fork();
    if (child == 0)
        _exit(serve(listener, root));
    bool page = child > 0 && fetch(port_of(listener), "/");
    bool safe = child > 0 && !fetch(port_of(listener), "/%2e%2e/etc/passwd");
    if (child > 0) {
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
    printf("hello-server " VERSION ", user %d\n", (int)getuid());
    printf("  GET /                    %s\n", page ? "200, as expected" : "FAILED");
    printf("  GET /%%2e%%2e/etc/passwd   %s\n", safe ? "refused, as expected" : "FAILED");
    return page && safe ? 0 : 1;
}

static void stop(int signal)
{
    (void)signal;
    _exit(0);
}

int main(int argc, char **argv)
{
    const char *root = "/srv/www", *action = "--serve";
    int port = 8080;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--root") == 0 && i + 1 < argc)
            root = argv[++i];
        else if (strcmp(argv[i], "--port") == 0 && i + 1 < argc)
            port = atoi(argv[++i]);
        else if (strcmp(argv[i], "--check") == 0 || strcmp(argv[i], "--self-test") == 0
                 || strcmp(argv[i], "--version") == 0)
            action = argv[i];
        else
            return usage();
    }
    if (strcmp(action, "--version") == 0)
        return puts("hello-server " VERSION) < 0;
    if (strcmp(action, "--self-test") == 0)
        return self_test(root);
    if (strcmp(action, "--check") == 0)
        return fetch(port, "/") ? 0 : 1;
    /* As process 1 of a container no signal has a default action. */
    signal(SIGTERM, stop);
    signal(SIGINT, stop);
    int folder = open_root(root);
    int listener = folder < 0 ? -1 : listen_on(port);
    if (listener < 0)
        return folder < 0 ? 1 : (perror("hello-server: listen"), 1);
    printf("hello-server " VERSION ": %s on port %d\n", root, port_of(listener));
    fflush(stdout);
    return serve(listener, folder);
}
