/* tests/use_oracle.c - see use_oracle.h. */
#include "tests/use_oracle.h"

#include <stdlib.h>
#include <string.h>

#include <capstone/capstone.h>

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* ---- x86 ---- */

static enum mmu_use of_x86_operand(const cs_x86_op *op)
{
    switch ((int)op->mem.segment) {
    case X86_REG_SS:
        return MMU_USE_STACK;
    case X86_REG_CS:
        return MMU_USE_CODE;
    case X86_REG_INVALID:
        break;
    default:
        return MMU_USE_DATA;
    }
    switch ((int)op->mem.base) {
    case X86_REG_ESP:
    case X86_REG_EBP:
    case X86_REG_BP:
        return MMU_USE_STACK;
    default:
        return MMU_USE_DATA;
    }
}

/* What moves the stack pointer by itself. */
static bool pushes(const char *name)
{
    return begins(name, "push") || begins(name, "call") ||
           begins(name, "lcall") || begins(name, "enter");
}

static bool pops(const char *name)
{
    return (begins(name, "pop") && !begins(name, "popcnt")) ||
           begins(name, "ret") || begins(name, "iret") ||
           begins(name, "leave") || begins(name, "enter");
}

/* Strings: the source has esi as its base, the destination edi. */
static bool of_x86_string(const cs_x86 *x86, const char *name, struct uses *out)
{
    const cs_x86_op *ops = x86->operands;
    enum mmu_use to, from;

    if (x86->op_count != 2 || ops[0].type != X86_OP_MEM ||
        ops[1].type != X86_OP_MEM)
        return false;
    to = of_x86_operand(ops[0].mem.base == X86_REG_EDI ? &ops[0] : &ops[1]);
    from = of_x86_operand(ops[0].mem.base == X86_REG_EDI ? &ops[1] : &ops[0]);
    *out = begins(name, "cmps") || strstr(name, " cmps")
               ? (struct uses){to, from, to}
               : (struct uses){from, from, to};
    return true;
}

static bool of_x86(const cs_insn *insn, struct uses *out)
{
    const cs_x86 *x86 = &insn->detail->x86;
    bool found = false;

    if (of_x86_string(x86, insn->mnemonic, out))
        return true;
    *out = (struct uses){MMU_USE_DATA, MMU_USE_DATA, MMU_USE_DATA};
    for (unsigned i = 0; i < x86->op_count; i++) {
        if (x86->operands[i].type != X86_OP_MEM)
            continue;
        out->load = of_x86_operand(&x86->operands[i]);
        out->load_again = out->store = out->load;
        found = true;
    }
    if (pops(insn->mnemonic))
        out->load = out->load_again = MMU_USE_STACK;
    if (pushes(insn->mnemonic))
        out->store = MMU_USE_STACK;
    return found || pops(insn->mnemonic) || pushes(insn->mnemonic);
}

/* ---- ARM ---- */

static enum mmu_use of_arm_base(unsigned reg, bool thumb)
{
    if (reg == ARM_REG_SP || reg == (thumb ? ARM_REG_R7 : ARM_REG_R11))
        return MMU_USE_STACK;
    return reg == ARM_REG_PC ? MMU_USE_CODE : MMU_USE_DATA;
}

/* Those that name a base register and a list. */
static bool is_multiple(const char *name)
{
    return begins(name, "ldm") || begins(name, "stm") || begins(name, "vldm") ||
           begins(name, "vstm") || begins(name, "fldm") || begins(name, "fstm");
}

static bool of_arm(const cs_insn *insn, bool thumb, struct uses *out)
{
    const cs_arm *arm = &insn->detail->arm;
    bool found = false;
    enum mmu_use use = MMU_USE_DATA;

    if (begins(insn->mnemonic, "push") || begins(insn->mnemonic, "pop") ||
        begins(insn->mnemonic, "vpush") || begins(insn->mnemonic, "vpop")) {
        found = true;
        use = MMU_USE_STACK;
    } else if (is_multiple(insn->mnemonic)) {
        found = true;
        use = of_arm_base((unsigned)arm->operands[0].reg, thumb);
    }
    for (unsigned i = 0; !found && i < arm->op_count; i++) {
        if (arm->operands[i].type != ARM_OP_MEM)
            continue;
        use = of_arm_base(arm->operands[i].mem.base, thumb);
        found = true;
    }
    *out = (struct uses){use, use, use};
    return found;
}

bool use_oracle(const struct isa *isa, bool thumb, const uint8_t *bytes,
                size_t size, struct uses *out)
{
    const bool x86 = isa == &isa_x86;
    cs_insn *insn;
    csh handle;
    bool found = false;

    if (cs_open(x86 ? CS_ARCH_X86 : CS_ARCH_ARM,
                x86     ? CS_MODE_32
                : thumb ? CS_MODE_THUMB
                        : CS_MODE_ARM,
                &handle) ||
        cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON))
        abort();
    if (cs_disasm(handle, bytes, size, 0, 1, &insn) == 1) {
        found = x86 ? of_x86(insn, out) : of_arm(insn, thumb, out);
        cs_free(insn, 1);
    }
    cs_close(&handle);
    return found;
}
