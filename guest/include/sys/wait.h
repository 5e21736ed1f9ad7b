/* sys/wait.h - how children end. */
#ifndef GUEST_SYS_WAIT_H
#define GUEST_SYS_WAIT_H

#include <sys/types.h>

#define WNOHANG   1
#define WUNTRACED 2

#define WIFEXITED(status)   (((status)&0x7f) == 0)
#define WEXITSTATUS(status) (((status) >> 8) & 0xff)
#define WIFSIGNALED(status) (((status)&0x7f) != 0)
#define WTERMSIG(status)    ((status)&0x7f)
#define WIFSTOPPED(status)  0 /* nobody stops here */
#define WCOREDUMP(status)   0

pid_t wait(int *status);
/* pid -1 or 0: any child. With WNOHANG 0 when none has ended yet. */
pid_t waitpid(pid_t pid, int *status, int options);

#endif /* GUEST_SYS_WAIT_H */
