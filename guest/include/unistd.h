/* unistd.h - the system calls. */
#ifndef GUEST_UNISTD_H
#define GUEST_UNISTD_H

#include <stddef.h>
#include <sys/types.h>

#define STDIN_FILENO  0
#define STDOUT_FILENO 1
#define STDERR_FILENO 2

ssize_t read(int fd, void *to, size_t size);
ssize_t write(int fd, const void *from, size_t size);

int close(int fd);
int dup(int fd);
int dup2(int fd, int to);
int dup3(int fd, int to, int flags);

/*
 * A pipe holds 4096 bytes, and a write of no more goes in whole. ends[0] is
 * for reading.
 */
int pipe(int ends[2]);
int pipe2(int ends[2], int flags);

/* Moves the end of the heap; -1 and ENOMEM when the system refuses. */
int brk(void *end);
/* Returns the old end of the heap, or (void *)-1 and ENOMEM. */
void *sbrk(ptrdiff_t change);

/* vfork is fork: the child has its own memory. */
pid_t fork(void) __attribute__((returns_twice));
pid_t vfork(void) __attribute__((returns_twice));

/*
 * Only programs of the command line that starts the machine can be found, by
 * the name that they have there; execvp does not search for them either. The
 * environment is always empty.
 */
int execve(const char *path, char *const argv[], char *const envp[]);
int execv(const char *path, char *const argv[]);
int execvp(const char *path, char *const argv[]);
int execl(const char *path, const char *first, ...);
int execlp(const char *path, const char *first, ...);

pid_t getpid(void);
/* 0 when the operating system itself is the parent. */
pid_t getppid(void);

/* Until a handler has run: returns -1 and EINTR. */
int pause(void);

/* In simulated time. sleep returns what a signal has left of it, or 0. */
unsigned sleep(unsigned seconds);
int usleep(unsigned microseconds);

_Noreturn void _exit(int code);

/* Any system call, with up to six arguments; -1 and errno on failure. */
long syscall(long number, ...);

#endif /* GUEST_UNISTD_H */
