// A `true` without libc: with one, a benchmark measures glibc's start (540 us on a virtual machine).
__attribute__((noreturn)) void _start(void);
void _start(void) {
#if defined(__x86_64__)
  __asm__ volatile("syscall" ::"a"(231), "D"(0));
#else
  register long number __asm__("x8") = 94;
  register long status __asm__("x0") = 0;
  __asm__ volatile("svc 0" ::"r"(number), "r"(status));
#endif
  __builtin_unreachable();
}
