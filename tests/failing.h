/*
 * tests/failing.h - make a host allocation fail on demand.
 *
 * Test programs are linked with --wrap for calloc, malloc and realloc; their
 * own and the code's calls come here. Calls inside shared libraries do not.
 */
#ifndef TESTS_FAILING_H
#define TESTS_FAILING_H

/* The (@n + 1)-th allocation from now fails, once; -1: none does. */
void failing_after(int n);

#endif /* TESTS_FAILING_H */
