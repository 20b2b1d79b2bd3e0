// Copies the environment of this process without a call into JavaScript for each variable. To read a variable from process.env takes 0.5 to
// 1 us.
#include "launch/environ.h"

#include <string.h>
#include <sys/auxv.h>
#include <sys/uio.h>
#include <unistd.h>

#include <vector>

namespace namespawn {

#ifdef __GLIBC__

// At the start of the process its array of pointers is on its first stack, below the name of the executed file. It is used as long as no
// variable is added.
static bool IsOnFirstStack(char **array) {
  static const uintptr_t top = getauxval(AT_EXECFN);
  const auto address = reinterpret_cast<uintptr_t>(array);
  return address < top && top - address < 6 << 20;  // three quarters of 8 MB, which is the most that an exec accepts
}

// A Worker that shares the environment (SHARE_ENV) may change it meanwhile. It holds a lock of Node that an addon cannot take. glibc never
// frees the text of a variable, but moves the array of pointers when it grows. So this copies the array by a system call, which cannot
// cause a fault, and uses the copy only if the array is the same afterwards.
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
    // The memory behind the array may not be mapped. The copy ends there then.
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
    // If a variable is removed, those behind it move, and the loop may have missed one of them.
    size_t same = 0;
    while (same < pointers.size() && __atomic_load_n(array + same, __ATOMIC_RELAXED) == pointers[same]) same++;
    if (same == pointers.size() && __atomic_load_n(array + same, __ATOMIC_RELAXED) == nullptr && environ == array)
      return true;
  }
  return false;
}

const EnvironmentTexts *CopyEnvironment() {
  thread_local std::vector<char *> pointers;
  // The last copy. The texts lie at many places of the memory, and most spawns find them unchanged. A new value of a variable is a new text
  // at another place.
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
