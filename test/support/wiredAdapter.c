/*
 * A serial adapter whose RTS and DTR are wired to BOOT0 and reset of a virtual board, which a pseudo-terminal has not:
 * preloaded into a program, it sees the port opened and its lines set, and tells the board's control socket.
 *
 *   WIRED_PORT     the pseudo-terminal
 *   WIRED_CONTROL  the control socket
 *   WIRED          a preset's name: rts-boot0-dtr-reset, dtr-boot0-rts-reset, either with -inverted
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int port = -1;
/* Asserted lines; a closed port has none. */
static int lines = 0;

static void tell(const char *command)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, getenv("WIRED_CONTROL"), sizeof address.sun_path - 1);
    int control = socket(AF_UNIX, SOCK_STREAM, 0);
    char byte = 0;
    if (connect(control, (struct sockaddr *)&address, sizeof address) == 0 &&
        write(control, command, strlen(command)) == (ssize_t)strlen(command)) {
        while (read(control, &byte, 1) == 1 && byte != '\n') {
        }
    }
    if (byte != '\n') {
        abort();
    }
    close(control);
}

/* A pin is low when its line is asserted; a transistor inverts. */
static bool is_high(int asserted, int line)
{
    return ((asserted & line) != 0) == (strstr(getenv("WIRED"), "inverted") != NULL);
}

static void set_lines(int asserted)
{
    int boot0 = getenv("WIRED")[0] == 'r' ? TIOCM_RTS : TIOCM_DTR;
    int reset = boot0 ^ TIOCM_RTS ^ TIOCM_DTR;
    bool was_running = is_high(lines, reset);
    bool is_running = is_high(asserted, reset);
    lines = asserted;
    if (was_running && !is_running) {
        tell("boot0 1\n"); /* held in reset: a loader that hears no 0x7F is as mute */
        tell("reset\n");
    } else if (is_running) {
        tell(is_high(asserted, boot0) ? "boot0 1\n" : "boot0 0\n");
        if (!was_running) {
            tell("reset\n");
        }
    }
}

int open64(const char *path, int flags, ...)
{
    static int (*real)(const char *, int, ...);
    if (real == NULL) {
        real = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open64");
    }
    va_list more;
    va_start(more, flags);
    int mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, int) : 0;
    va_end(more);
    int descriptor = real(path, flags, mode);
    const char *wired = getenv("WIRED_PORT");
    if (descriptor >= 0 && wired != NULL && strcmp(path, wired) == 0) {
        port = descriptor;
        lines = 0;
        set_lines(TIOCM_RTS | TIOCM_DTR);
    }
    return descriptor;
}

int ioctl(int descriptor, unsigned long request, ...)
{
    static int (*real)(int, unsigned long, ...);
    if (real == NULL) {
        real = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
    }
    va_list more;
    va_start(more, request);
    void *argument = va_arg(more, void *);
    va_end(more);
    if (descriptor != port || (request != TIOCMGET && request != TIOCMSET)) {
        return real(descriptor, request, argument);
    }
    if (request == TIOCMGET) {
        *(int *)argument = lines;
    } else {
        set_lines(*(int *)argument & (TIOCM_RTS | TIOCM_DTR));
    }
    return 0;
}
