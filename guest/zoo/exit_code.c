/*
 * exit_code.c - ends by itself, with a code.
 *
 * Ends with exit code 42.
 */
int main(void)
{
    return 42;
}
