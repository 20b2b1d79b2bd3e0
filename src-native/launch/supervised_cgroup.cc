#include "launch/supervised_cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include <string>

#include "protocol/protocol.h"
#include "unique_fd.h"

namespace namespawn {

// The cgroup of version 2 that a process is in, below the root of this process's cgroup namespace; empty where it is not below it.
static std::string PathOf(pid_t pid) {
  const std::string file = "/proc/" + std::to_string(pid) + "/cgroup";
  FILE *lines = fopen(file.c_str(), "re");
  if (lines == nullptr) return "";
  std::string path;
  char *line = nullptr;
  size_t size = 0;
  while (path.empty() && getline(&line, &size, lines) > 0)
    if (strncmp(line, "0::/", 4) == 0) path.assign(line + 3, strcspn(line + 3, "\n"));
  free(line);
  fclose(lines);
  return path.find("..") == std::string::npos ? path : "";
}

// Where version 2 is mounted: by itself, or beside version 1.
static UniqueFd OpenRoot() {
  for (const char *root : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
    UniqueFd directory(open(root, O_PATH | O_DIRECTORY | O_CLOEXEC));
    struct statfs status;
    if (directory && fstatfs(directory.get(), &status) == 0 && status.f_type == CGROUP2_SUPER_MAGIC) return directory;
  }
  return UniqueFd();
}

// A cgroup goes only when there is none below it, as programs make that have one delegated to them.
static bool RemoveWithThoseBelow(int folder, const char *name, int depth = 64) {
  if (unlinkat(folder, name, AT_REMOVEDIR) == 0 || errno != EBUSY || depth == 0) return errno != EBUSY;
  UniqueFd directory(openat(folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  DIR *entries = directory ? fdopendir(directory.get()) : nullptr;
  if (entries == nullptr) return false;
  const int number = directory.release();  // closedir closes it
  while (const dirent *entry = readdir(entries))
    if (entry->d_type == DT_DIR && entry->d_name[0] != '.') RemoveWithThoseBelow(number, entry->d_name, depth - 1);
  closedir(entries);
  return unlinkat(folder, name, AT_REMOVEDIR) == 0 || errno != EBUSY;
}

void EndSupervisedCgroup(pid_t supervisor) {
  const std::string parent = PathOf(supervisor);
  const UniqueFd root = OpenRoot();
  if (parent.empty() || !root) return;
  const UniqueFd pid_namespace(open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC));
  struct stat status;
  if (!pid_namespace || fstat(pid_namespace.get(), &status) < 0) return;
  const std::string id = std::to_string(status.st_ino);
  const std::string path = "." + parent + "/" NSINIT_CGROUP_PREFIX + id + "-" + std::to_string(supervisor);
  {
    const UniqueFd kill_file(openat(root.get(), (path + "/cgroup.kill").c_str(), O_WRONLY | O_CLOEXEC));
    // It had none, or has removed it.
    if (!kill_file || write(kill_file.get(), "1", 1) < 0) return;
  }
  // What is killed is a moment on its way out. Whoever cannot be killed that long, in a system call that hangs, keeps the cgroup.
  for (int attempt = 0; attempt < 50; attempt++) {
    if (RemoveWithThoseBelow(root.get(), path.c_str())) return;
    const timespec pause = {0, 1000000};
    nanosleep(&pause, nullptr);
  }
}

}  // namespace namespawn
