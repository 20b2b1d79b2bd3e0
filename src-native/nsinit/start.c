// The entry. The kernel starts a program with a stack that is aligned to 16 bytes. A C function expects a return address on it.
#include "nsinit.h"

int failed_syscall = -1;

#if defined(__x86_64__)
__asm__(
    ".globl _start\n"
    "_start:\n\t"
    "xorl %ebp, %ebp\n\t"
    "call init_main\n\t"
    "ud2\n");
#elif defined(__aarch64__)
__asm__(
    ".globl _start\n"
    "_start:\n\t"
    "mov x29, xzr\n\t"
    "mov x30, xzr\n\t"
    "b init_main\n");
#endif
