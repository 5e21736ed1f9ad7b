/* assert.h - stop with a message when the impossible happens. */
/* No include guard: each inclusion obeys NDEBUG as it then stands. */
#undef assert

#ifdef NDEBUG
#define assert(condition) ((void)0)
#else
#define assert(condition)                                                      \
    ((condition) ? (void)0                                                     \
                 : __assert_fail(#condition, __FILE__, __LINE__, __func__))
#endif

#ifndef GUEST_ASSERT_H
#define GUEST_ASSERT_H

#ifndef __cplusplus
#define static_assert _Static_assert
#endif

/* Says "file:line: function: assertion failed: text" on stderr, then abort. */
_Noreturn void __assert_fail(const char *condition, const char *file, int line,
                             const char *function);

#endif /* GUEST_ASSERT_H */
