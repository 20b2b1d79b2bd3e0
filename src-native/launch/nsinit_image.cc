// nsinit is executed from a sealed memfd and never from a file of the host. If a namespace could write to the executable of its init, it
// would control the next init (CVE-2019-5736).
#include "launch/nsinit_image.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <mutex>
#include <string>

#include "launch/memfd.h"
#include "launch/room.h"
#include "protocol/compatibility.h"
#include "unique_fd.h"

extern "C" const char namespawn_nsinit_begin[], namespawn_nsinit_end[];

namespace namespawn {

namespace {

struct Image {
  const mode_t mode;
  int fd = -1;
  // Before Linux 6.3 the mode of an executable cannot be sealed, and root in a namespace can change it through /proc/1/exe.
  bool is_mode_sealed = false;
};

}  // namespace

static std::mutex mutex;
// A user namespace may change the caller's ids, so the file is executable for every user, and writable for none.
static Image readable{0555}, unreadable{0111};

static std::string &File() {
  static auto *file = new std::string;
  return *file;
}

void SetNsinitFile(const char *path) {
  std::lock_guard<std::mutex> lock(mutex);
  File() = path;
}

static FailedCall CreateMemfd(Image *image, UniqueFd *memfd) {
  const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  memfd->reset(WithRoom([&] { return memfd_create("nsinit", flags | MFD_EXEC); }));
  if (!*memfd && errno == EINVAL) memfd->reset(memfd_create("nsinit", flags));
  if (!*memfd) return FailedCall::Now(SYS_memfd_create);
  const auto size = static_cast<size_t>(namespawn_nsinit_end - namespawn_nsinit_begin);
  if (const FailedCall failed = WriteAll(memfd->get(), namespawn_nsinit_begin, size)) return failed;
  if (fchmod(memfd->get(), image->mode) < 0) return FailedCall::Now(SYS_fchmod);
  image->is_mode_sealed = fcntl(memfd->get(), F_ADD_SEALS, kContentSeals | F_SEAL_EXEC) == 0;
  if (!image->is_mode_sealed && fcntl(memfd->get(), F_ADD_SEALS, kContentSeals) < 0) return FailedCall::Now(SYS_fcntl);
  return {};
}

static FailedCall Open(Image *image, UniqueFd *opened) {
  const FailedCall failed = CreateMemfd(image, opened);
  if (!failed || File().empty()) return failed;
  opened->reset(WithRoom([] { return open(File().c_str(), O_RDONLY | O_CLOEXEC); }));
  // The cause is that the memfd could not be created, and not that the file is missing as well.
  return *opened ? FailedCall{} : failed;
}

static bool IsExecutable(const Image &image) {
  struct stat status;
  return image.is_mode_sealed || (fstat(image.fd, &status) == 0 && (status.st_mode & image.mode) == image.mode);
}

FailedCall NsinitImage(NsinitImageKind kind, int *fd) {
  std::lock_guard<std::mutex> lock(mutex);
  Image *const image = kind == NsinitImageKind::kReadable ? &readable : &unreadable;
  if (image->fd < 0 || !IsExecutable(*image)) {
    UniqueFd opened;
    if (const FailedCall failed = Open(image, &opened)) return failed;
    // chmod would not help, because the namespace that has changed the mode could change it again. So a new file replaces the old one,
    // which is all that earlier namespaces can see. Its number stays the same, because launches in other threads use it.
    if (image->fd < 0)
      image->fd = opened.release();
    else if (dup3(opened.get(), image->fd, O_CLOEXEC) < 0)
      return FailedCall::Now(SYS_dup3);
  }
  *fd = image->fd;
  return {};
}

}  // namespace namespawn
