/* fcntl.h - what a descriptor is. There is no open(): there are no files. */
#ifndef GUEST_FCNTL_H
#define GUEST_FCNTL_H

#define O_RDONLY  0
#define O_WRONLY  1
#define O_RDWR    2
#define O_ACCMODE 3
#define O_CLOEXEC 02000000

#define FD_CLOEXEC      1
#define F_DUPFD         0
#define F_GETFD         1
#define F_SETFD         2
#define F_GETFL         3
#define F_DUPFD_CLOEXEC 1030

int fcntl(int fd, int command, ...);

#endif /* GUEST_FCNTL_H */
