/* echo.c - copies standard input to standard output. */
#include <stdio.h>
#include <unistd.h>

static int write_all(const char *from, size_t size)
{
    while (size > 0) {
        ssize_t n = write(STDOUT_FILENO, from, size);

        if (n < 0)
            return -1;
        from += n;
        size -= (size_t)n;
    }
    return 0;
}

int main(void)
{
    char buffer[512];
    ssize_t n;

    while ((n = read(STDIN_FILENO, buffer, sizeof buffer)) > 0)
        if (write_all(buffer, (size_t)n) != 0)
            break;
    if (n != 0) {
        perror("echo");
        return 1;
    }
    return 0;
}
