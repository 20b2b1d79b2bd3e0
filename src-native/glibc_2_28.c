// Only in the prebuild: lets what is linked against a newer glibc run on 2.28.
//
// glibc 2.34 moved libpthread into libc, and each function that moved got a new version, which older ones do not have;
// the old version is still there, and is the same function. `.symver` picks it, for one object file; our own files and
// the static libstdc++ come here by the linker's --wrap (binding.gyp names the functions). On an older glibc it is found
// in libpthread, which node itself is linked to.
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

FROM(BASE, pthread_attr_setstacksize);
FROM(BASE, pthread_create);
FROM(BASE, pthread_join);
FROM(BASE, __pthread_key_create);
FROM(BASE, pthread_once);
FROM(BASE, pthread_sigmask);
FROM(SETNAME, pthread_setname_np);

int __pthread_key_create(pthread_key_t *, void (*)(void *));

#define WRAP(function, parameters, ...) \
  int __wrap_##function parameters;     \
  int __wrap_##function parameters { return function(__VA_ARGS__); }

WRAP(pthread_attr_setstacksize, (pthread_attr_t * attributes, size_t size), attributes, size)
WRAP(pthread_create, (pthread_t * thread, const pthread_attr_t *attributes, void *(*main)(void *), void *argument),
     thread, attributes, main, argument)
WRAP(pthread_join, (pthread_t thread, void **result), thread, result)
WRAP(__pthread_key_create, (pthread_key_t * key, void (*destructor)(void *)), key, destructor)
WRAP(pthread_once, (pthread_once_t * once, void (*initialise)(void)), once, initialise)
WRAP(pthread_setname_np, (pthread_t thread, const char *name), thread, name)
WRAP(pthread_sigmask, (int how, const sigset_t *set, sigset_t *before), how, set, before)

// glibc 2.33: a macro of sys/stat.h before. On 64-bit architectures the kernel's structure is glibc's.
int __wrap_fstat64(int fd, struct stat64 *result);
int __wrap_fstat64(int fd, struct stat64 *result) { return (int)syscall(SYS_fstat, fd, result); }

// glibc 2.32: lets shared_ptr do without atomic operations. Node has many threads, always.
char __libc_single_threaded = 0;

// glibc 2.35: how the static unwinder finds the tables of a stack frame. The addon is built without exceptions, and what
// libstdc++ throws ends the process either way: without tables at once.
int _dl_find_object(void *address, void *result);
int _dl_find_object(void *address, void *result) {
  (void)address, (void)result;
  return -1;
}
