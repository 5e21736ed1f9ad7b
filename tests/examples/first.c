#include <fencepost.h>
#include <stdio.h>

static enum fp_action on_bounds(struct fp_machine *m, const struct fp_trap *trap, void *context)
{
    uint32_t *left = context;
    struct fp_segment stack;

    if (trap->segment != 3 || fp_segment(m, trap->pid, 3, &stack) || (*left)-- == 0)
        return FP_DELIVER;
    printf("pc 0x%x: 0x%x is below the stack of %u bytes\n", trap->pc, trap->va, stack.bounds);
    return fp_resize(m, trap->pid, 3, stack.bounds + 256) ? FP_KILL : FP_RETRY;
}

int main(int argc, char **argv)
{
    const struct fp_program program = {.path = argv[argc - 1], .scheme = "segmented", .stack = 512};
    struct fp_machine *m;
    uint32_t pid, code, left = 3;

    if (fp_create(&m, NULL) || fp_load(m, &program, &pid))
        return 1; /* fp_error(m) says why */
    fp_set_handler(m, FP_TRAP_BOUNDS, on_bounds, &left);
    while (fp_run(m, 50000) == FP_LIMIT)
        printf("%u traps so far\n", (unsigned)fp_trap_count(m, FP_TRAPS));
    if (fp_exit_code(m, pid, &code) == 0)
        printf("exit code %u\n%s", code, fp_output(m, 1, NULL));
    fp_destroy(m);
    return 0;
}
