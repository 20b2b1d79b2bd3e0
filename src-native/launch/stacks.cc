#include "launch/stacks.h"

#include <sys/mman.h>
#include <sys/syscall.h>

#include <mutex>
#include <vector>

#include "protocol/clone_on_stack.h"

namespace namespawn {

namespace {

constexpr size_t kGuardSize = 4096 * 16;  // a multiple of the page size of every architecture
constexpr size_t kKept = 16;

struct Pool {
  std::mutex mutex;
  std::vector<char *> stacks;
};

Pool &ThePool() {
  static auto *pool = new Pool;
  return *pool;
}

}  // namespace

FailedCall TakeStack(char **stack) {
  Pool &pool = ThePool();
  {
    std::lock_guard<std::mutex> lock(pool.mutex);
    if (!pool.stacks.empty()) {
      *stack = pool.stacks.back();
      pool.stacks.pop_back();
      return {};
    }
  }
  void *mapping =
      mmap(nullptr, kGuardSize + CHILD_STACK_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (mapping == MAP_FAILED) return FailedCall::Now(SYS_mmap);
  *stack = static_cast<char *>(mapping) + kGuardSize;
  if (mprotect(*stack, CHILD_STACK_SIZE, PROT_READ | PROT_WRITE) == 0) return {};
  const FailedCall failed = FailedCall::Now(SYS_mprotect);
  munmap(mapping, kGuardSize + CHILD_STACK_SIZE);
  return failed;
}

void GiveStackBack(char *stack) {
  Pool &pool = ThePool();
  {
    std::lock_guard<std::mutex> lock(pool.mutex);
    if (pool.stacks.size() < kKept) {
      pool.stacks.push_back(stack);
      return;
    }
  }
  munmap(stack - kGuardSize, kGuardSize + CHILD_STACK_SIZE);
}

}  // namespace namespawn
