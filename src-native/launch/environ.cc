// This process's environment, copied without a call into JavaScript a variable: process.env answers each in 0.5 to 1 us.
#include "launch/environ.h"

#include <string.h>
#include <sys/auxv.h>
#include <sys/uio.h>
#include <unistd.h>

#include <vector>

namespace namespawn {

#ifdef __GLIBC__

// The array of pointers that the process was started with lies on its first stack, below the name of what was executed, and stays
// there. It is in use as long as no variable is added.
static bool IsOnFirstStack(char **array) {
  static const uintptr_t top = getauxval(AT_EXECFN);
  const auto address = reinterpret_cast<uintptr_t>(array);
  return address < top && top - address < 6 << 20;  // three quarters of 8 MB: all that an exec takes
}

// A Worker that shares the environment (SHARE_ENV) may change it meanwhile, under a lock of Node's that an addon cannot take.
// glibc never frees a variable's text, but moves the array of pointers when it grows. So the array is copied by a system call,
// which cannot fault, and is good only where it still is the same afterwards.
static bool CopyMovable(std::vector<char *> &pointers) {
  static const pid_t self = getpid();
  pointers.resize(512);
  for (int attempt = 0; attempt < 8; attempt++) {
    char **const array = environ;
    if (array == nullptr) {
      pointers.clear();
      return true;
    }
    iovec to = {pointers.data(), pointers.size() * sizeof(char *)};
    iovec from = {array, to.iov_len};
    const ssize_t length = process_vm_readv(self, &to, 1, &from, 1, 0);
    // What lies behind the array may not be mapped: then the copy ends there.
    const size_t count = length < 0 ? 0 : static_cast<size_t>(length) / sizeof(char *);
    size_t end = 0;
    while (end < count && pointers[end] != nullptr) end++;
    if (end == count) {
      pointers.resize(pointers.size() * 2);
    } else if (environ == array && memcmp(array, pointers.data(), end * sizeof(char *)) == 0) {
      pointers.resize(end);
      return true;
    }
  }
  return false;
}

static bool CopyPointers(std::vector<char *> &pointers) {
  for (int attempt = 0; attempt < 8; attempt++) {
    char **const array = environ;
    if (!IsOnFirstStack(array)) return CopyMovable(pointers);
    pointers.clear();
    for (char **next = array; char *const variable = __atomic_load_n(next, __ATOMIC_RELAXED); next++)
      pointers.push_back(variable);
    // A variable that is removed moves those behind it, and one of them may have been missed.
    size_t same = 0;
    while (same < pointers.size() && __atomic_load_n(array + same, __ATOMIC_RELAXED) == pointers[same]) same++;
    if (same == pointers.size() && __atomic_load_n(array + same, __ATOMIC_RELAXED) == nullptr && environ == array)
      return true;
  }
  return false;
}

const EnvironmentTexts *CopyEnvironment() {
  thread_local std::vector<char *> pointers;
  // As it was copied last: the texts lie all over the memory, and most spawns find them unchanged. A new value is a new text at
  // another place.
  thread_local std::vector<char *> copied;
  thread_local EnvironmentTexts result;
  if (!CopyPointers(pointers)) return nullptr;
  if (pointers != copied) {
    copied = pointers;
    result.count = copied.size();
    result.texts.clear();
    for (const char *variable : copied) result.texts.append(variable, strlen(variable) + 1);
  }
  return &result;
}

#else

const EnvironmentTexts *CopyEnvironment() { return nullptr; }

#endif

}  // namespace namespawn
