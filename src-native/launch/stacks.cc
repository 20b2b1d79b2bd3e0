#include "launch/stacks.h"

#include <sys/mman.h>

#include <mutex>
#include <vector>

#include "protocol/clone_on_stack.h"

namespace namespawn {

namespace {

constexpr size_t kGuardSize = 4096 * 16;  // a page of any architecture
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

char *TakeStack() {
  Pool &pool = ThePool();
  {
    std::lock_guard<std::mutex> lock(pool.mutex);
    if (!pool.stacks.empty()) {
      char *stack = pool.stacks.back();
      pool.stacks.pop_back();
      return stack;
    }
  }
  void *mapping =
      mmap(nullptr, kGuardSize + CHILD_STACK_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (mapping == MAP_FAILED) return nullptr;
  char *stack = static_cast<char *>(mapping) + kGuardSize;
  if (mprotect(stack, CHILD_STACK_SIZE, PROT_READ | PROT_WRITE) == 0) return stack;
  munmap(mapping, kGuardSize + CHILD_STACK_SIZE);
  return nullptr;
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
