// Part of the prebuild only: makes an addon that is linked with a newer glibc run with glibc 2.28.
//
// glibc 2.34 moved libpthread into libc. Each function that moved got a new version, which older glibcs do not have. The old version still
// exists, and is the same function. `.symver` selects it, but for one object file only. The linker's --wrap therefore redirects the calls of our
// own files and of the static libstdc++ to the functions of this file (binding.gyp names them). In an older glibc the old version is in
// libpthread, with which Node itself is linked.
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define BASE "GLIBC_2.2.5"
#define SETNAME "GLIBC_2.12"
#elif defined(__aarch64__)
#define BASE "GLIBC_2.17"
#define SETNAME "GLIBC_2.17"
#else
#error "the first version of glibc on this architecture is needed here"
#endif

#define FROM(version, function) __asm__(".symver " #function ", " #function "@" version)

int __pthread_key_create(pthread_key_t *, void (*)(void *));

#define WRAP(version, function, parameters, ...) \
  FROM(version, function);                       \
  int __wrap_##function parameters;              \
  int __wrap_##function parameters { return function(__VA_ARGS__); }

WRAP(BASE, pthread_attr_setstacksize, (pthread_attr_t * attributes, size_t size), attributes, size)
WRAP(BASE, pthread_create,
     (pthread_t * thread, const pthread_attr_t *attributes, void *(*main)(void *), void *argument), thread, attributes,
     main, argument)
WRAP(BASE, pthread_join, (pthread_t thread, void **result), thread, result)
WRAP(BASE, __pthread_key_create, (pthread_key_t * key, void (*destructor)(void *)), key, destructor)
WRAP(BASE, pthread_once, (pthread_once_t * once, void (*initialise)(void)), once, initialise)
WRAP(SETNAME, pthread_setname_np, (pthread_t thread, const char *name), thread, name)
WRAP(BASE, pthread_sigmask, (int how, const sigset_t *set, sigset_t *before), how, set, before)

// glibc 2.33 has this function. Before, it was a macro of sys/stat.h. On 64-bit architectures glibc's struct is that of the kernel.
int __wrap_fstat64(int fd, struct stat64 *result);
int __wrap_fstat64(int fd, struct stat64 *result) { return (int)syscall(SYS_fstat, fd, result); }

// glibc 2.32 has this variable. If it is 1, shared_ptr does not use atomic operations. Node always has several threads.
char __libc_single_threaded = 0;

// glibc 2.35 has this function, by which the static unwinder finds the tables of a stack frame. The addon is built without exceptions, and
// an exception of libstdc++ would end the process anyway. So the unwinder finds no tables.
int _dl_find_object(void *address, void *result);
int _dl_find_object(void *address, void *result) {
  (void)address, (void)result;
  return -1;
}
