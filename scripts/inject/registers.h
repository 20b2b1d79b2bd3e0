// Lets a tracer change a system call: its number before the kernel reads it, and its result.
#pragma once

#include <elf.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/user.h>

#if defined(__x86_64__)
typedef struct user_regs_struct registers_t;
#define RESULT rax
#elif defined(__aarch64__)
typedef struct user_regs_struct registers_t;
#define RESULT regs[0]
#ifndef NT_ARM_SYSTEM_CALL
#define NT_ARM_SYSTEM_CALL 0x404
#endif
#else
#error "registers.h lacks this architecture: x86-64 and arm64 are supported"
#endif

static inline int read_registers(pid_t task, registers_t *registers) {
  struct iovec part = {registers, sizeof *registers};
  return (int)ptrace(PTRACE_GETREGSET, task, NT_PRSTATUS, &part);
}

static inline void write_registers(pid_t task, registers_t *registers) {
  struct iovec part = {registers, sizeof *registers};
  ptrace(PTRACE_SETREGSET, task, NT_PRSTATUS, &part);
}

static inline void set_result(pid_t task, long result) {
  registers_t registers;
  if (read_registers(task, &registers) < 0) return;
  registers.RESULT = (unsigned long)result;
  write_registers(task, &registers);
}

// At the entry of a call: the kernel does nothing, and returns `result` unless that is changed at the exit.
static inline void skip_call(pid_t task, long result) {
  registers_t registers;
  if (read_registers(task, &registers) < 0) return;
#if defined(__x86_64__)
  registers.orig_rax = (unsigned long)-1;
#endif
  registers.RESULT = (unsigned long)result;
  write_registers(task, &registers);
#if defined(__aarch64__)
  int none = -1;
  struct iovec part = {&none, sizeof none};
  ptrace(PTRACE_SETREGSET, task, NT_ARM_SYSTEM_CALL, &part);
#endif
}

// At the entry of clone.
static inline void set_first_argument(pid_t task, unsigned long value) {
  registers_t registers;
  if (read_registers(task, &registers) < 0) return;
#if defined(__x86_64__)
  registers.rdi = value;
#else
  registers.regs[0] = value;
#endif
  write_registers(task, &registers);
}
