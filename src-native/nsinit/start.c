// The entry. The kernel starts a program with a stack that is aligned to 16 bytes, on which are the number of arguments and the arguments.
// A C function expects a return address on it.
#include "files/files.h"

int failed_syscall = -1;

// Called from assembly, which link-time optimisation does not see.
__attribute__((noreturn, used, externally_visible)) void program_main(long *arguments_on_stack);

// nsinit has no arguments. With arguments the same program is the file worker.
void program_main(long *arguments_on_stack) {
  const int count = (int)arguments_on_stack[0];
  if (count > 1) files_main(count, (char **)(arguments_on_stack + 1));
  init_main();
}

#if defined(__x86_64__)
__asm__(
    ".globl _start\n"
    "_start:\n\t"
    "xorl %ebp, %ebp\n\t"
    "movq %rsp, %rdi\n\t"
    "call program_main\n\t"
    "ud2\n");
#elif defined(__aarch64__)
__asm__(
    ".globl _start\n"
    "_start:\n\t"
    "mov x29, xzr\n\t"
    "mov x30, xzr\n\t"
    "mov x0, sp\n\t"
    "b program_main\n");
#endif
