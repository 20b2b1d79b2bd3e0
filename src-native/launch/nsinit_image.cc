// nsinit is executed from a sealed memfd, never from a file of the host: a namespace that could write to its init's
// executable would own the next one (CVE-2019-5736).
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
  // Before Linux 6.3 nothing seals an executable's mode, and root in a namespace can take it away through /proc/1/exe.
  bool is_mode_sealed = false;
};

}  // namespace

static std::mutex mutex;
// Executable for whoever a user namespace makes of the caller, writable for none.
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
  // The memfd's failure is the cause; that the file is missing as well is not.
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
    // Not chmod, which whoever took the mode away could undo again: another file, that the namespaces of before cannot see.
    // The number stays: launches under way in other threads hold it.
    if (image->fd < 0)
      image->fd = opened.release();
    else if (dup3(opened.get(), image->fd, O_CLOEXEC) < 0)
      return FailedCall::Now(SYS_dup3);
  }
  *fd = image->fd;
  return {};
}

}  // namespace namespawn
