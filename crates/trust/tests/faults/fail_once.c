/*
 * Lets one system call of a process fail, as a disk does: the Nth of those that write,
 * flush or name a file below a folder. Loaded before the C library (LD_PRELOAD).
 *
 *   FAULT_FOLDER  files below it are watched
 *   FAULT_AT      number of the call that fails, from 1; 0 counts only
 *   FAULT_KIND    error: the call does nothing and says EIO
 *                 full:  a write writes half and says so, what comes next says ENOSPC
 *                 stop:  the process ends before the call
 *   FAULT_COUNT   a file that gets how many calls there were, when the process ends
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long calls;
static atomic_int full; /* Writes that still find no room. */

static const char *folder(void) { return getenv("FAULT_FOLDER"); }

static int below(const char *path) {
    const char *root = folder();
    return root && path && strncmp(path, root, strlen(root)) == 0;
}

static int watched(int fd) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    /* The shared memory of SQLite's log is no file that must survive. */
    return below(path) && !strstr(path, "-shm");
}

/* Whether this call is the one that fails. */
static int due(void) {
    const char *at = getenv("FAULT_AT");
    long call = atomic_fetch_add(&calls, 1) + 1;
    if (!at || call != atol(at)) return 0;
    const char *kind = getenv("FAULT_KIND");
    if (kind && strcmp(kind, "stop") == 0) _exit(86);
    if (kind && strcmp(kind, "full") == 0) atomic_store(&full, 1);
    errno = EIO;
    return 1;
}

static int none_left(void) {
    if (atomic_exchange(&full, 0) == 0) return 0;
    errno = ENOSPC;
    return 1;
}

__attribute__((destructor)) static void count(void) {
    const char *path = getenv("FAULT_COUNT");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (!file) return;
    fprintf(file, "%ld", atomic_load(&calls));
    fclose(file);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int is_full_kind(void) {
    const char *kind = getenv("FAULT_KIND");
    return kind && strcmp(kind, "full") == 0;
}

#define WRITES(name, parameters, arguments, half)                      \
    ssize_t name parameters {                                          \
        if (watched(fd)) {                                             \
            if (none_left()) return -1;                                \
            if (due()) {                                               \
                if (!is_full_kind() || size < 2) return -1;            \
                return NEXT(name) half;                                \
            }                                                          \
        }                                                              \
        return NEXT(name) arguments;                                   \
    }

WRITES(write, (int fd, const void *bytes, size_t size), (fd, bytes, size), (fd, bytes, size / 2))
WRITES(pwrite, (int fd, const void *bytes, size_t size, off_t at), (fd, bytes, size, at), (fd, bytes, size / 2, at))
WRITES(pwrite64, (int fd, const void *bytes, size_t size, off64_t at), (fd, bytes, size, at), (fd, bytes, size / 2, at))

#define FLUSHES(name)                            \
    int name(int fd) {                           \
        if (watched(fd) && due()) return -1;     \
        return NEXT(name)(fd);                   \
    }
FLUSHES(fsync)
FLUSHES(fdatasync)

int ftruncate(int fd, off_t length) {
    if (watched(fd) && due()) return -1;
    return NEXT(ftruncate)(fd, length);
}
int ftruncate64(int fd, off64_t length) {
    if (watched(fd) && due()) return -1;
    return NEXT(ftruncate64)(fd, length);
}

int rename(const char *from, const char *to) {
    if (below(to) && due()) return -1;
    return NEXT(rename)(from, to);
}
int link(const char *from, const char *to) {
    if (below(to) && due()) return -1;
    return NEXT(link)(from, to);
}
int linkat(int a, const char *from, int b, const char *to, int flags) {
    if (below(to) && due()) return -1;
    return NEXT(linkat)(a, from, b, to, flags);
}
int unlink(const char *path) {
    if (below(path) && due()) return -1;
    return NEXT(unlink)(path);
}
int mkdir(const char *path, mode_t mode) {
    if (below(path) && due()) return -1;
    return NEXT(mkdir)(path, mode);
}

#define OPENS(name)                                              \
    int name(const char *path, int flags, ...) {                 \
        mode_t mode = 0;                                         \
        if (flags & O_CREAT) {                                   \
            va_list rest;                                        \
            va_start(rest, flags);                               \
            mode = va_arg(rest, mode_t);                         \
            va_end(rest);                                        \
            if (below(path) && !strstr(path, "-shm") && due()) return -1; \
        }                                                        \
        return NEXT(name)(path, flags, mode);                    \
    }
OPENS(open)
OPENS(open64)
