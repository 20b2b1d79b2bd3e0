// The descriptors that one JavaScript environment holds by their numbers. A Worker that is terminated runs no JavaScript any more
// that could close them, so they are closed when the environment ends.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "unique_fd.h"

namespace namespawn {

// Used on its environment's thread alone.
//
// A descriptor is known from the system call that makes it, within the same call of JavaScript's, to the one that closes it: so no
// moment is left at which a number is here that is another one's by now, another thread's for instance.
class Descriptors {
 public:
  void Add(int fd);
  // Gives the descriptor up to whoever closes it from now on. Answers false where it is not known.
  bool Remove(int fd);
  // It is the program's from now on, which may close it, or hand it on, by other means than the addon's. So at the end it is looked
  // at: whether it still is the same file.
  void Entrust(int fd);
  // A pidfd that is the program's likewise, of a child that it has to wait for.
  void EntrustChild(int pidfd);
  // Answers the pidfds of children that nobody waits for any more.
  std::vector<UniqueFd> CloseAll();

 private:
  struct File {
    dev_t device;
    ino_t inode;
    bool is_child;
  };
  static bool IsStill(int fd, const File &file);

  // A bit each: a spawn adds and removes a handful.
  std::vector<uint64_t> bits_;
  std::unordered_map<int, File> entrusted_;
};

}  // namespace namespawn
