// The descriptors whose numbers one JavaScript environment holds. They are closed when the environment ends, because a Worker that was
// terminated cannot run JavaScript that would close them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "unique_fd.h"

namespace namespawn {

// Used only on the thread of its environment.
//
// A descriptor is added in the same call of JavaScript that creates it, and removed in the one that closes it. So it never contains a number
// that belongs to another owner by now, for example to another thread.
class Descriptors {
 public:
  void Add(int fd);
  // Gives the descriptor up to whoever closes it from now on. Returns false if it is not known.
  bool Remove(int fd);
  // Gives the descriptor to the program, which may close it or pass it on by other means than the addon. At the end it is closed only if it
  // is still the same file.
  void Entrust(int fd);
  // The same for the pidfd of a child that the program has to wait for.
  void EntrustChild(int pidfd);
  // Closes all descriptors, and returns the pidfds of children that are not waited for any more.
  std::vector<UniqueFd> CloseAll();

 private:
  struct File {
    dev_t device;
    ino_t inode;
    bool is_child;
  };
  static bool IsStill(int fd, const File &file);

  // One bit for each descriptor, because a spawn adds and removes several of them.
  std::vector<uint64_t> bits_;
  std::unordered_map<int, File> entrusted_;
};

}  // namespace namespawn
