// nsinit is executed from a sealed memfd, never from a file of the host: a namespace that could write to its init's
// executable would own the next one (CVE-2019-5736).
#include "launch/nsinit_image.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
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

static int CreateMemfd(Image *image) {
  const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  UniqueFd memfd(WithRoom([&] { return memfd_create("nsinit", flags | MFD_EXEC); }));
  if (!memfd && errno == EINVAL) memfd.reset(memfd_create("nsinit", flags));
  if (!memfd) return -errno;
  const int error =
      WriteAll(memfd.get(), namespawn_nsinit_begin, static_cast<size_t>(namespawn_nsinit_end - namespawn_nsinit_begin));
  if (error < 0) return error;
  if (fchmod(memfd.get(), image->mode) < 0) return -errno;
  image->is_mode_sealed = fcntl(memfd.get(), F_ADD_SEALS, kContentSeals | F_SEAL_EXEC) == 0;
  if (!image->is_mode_sealed && fcntl(memfd.get(), F_ADD_SEALS, kContentSeals) < 0) return -errno;
  return memfd.release();
}

static int Open(Image *image) {
  const int memfd = CreateMemfd(image);
  if (memfd >= 0 || File().empty()) return memfd;
  const int file = WithRoom([] { return open(File().c_str(), O_RDONLY | O_CLOEXEC); });
  // The memfd's errno tells the cause; that the file is missing as well does not.
  return file >= 0 ? file : memfd;
}

static bool IsExecutable(const Image &image) {
  struct stat status;
  return image.is_mode_sealed || (fstat(image.fd, &status) == 0 && (status.st_mode & image.mode) == image.mode);
}

int NsinitImage(NsinitImageKind kind) {
  std::lock_guard<std::mutex> lock(mutex);
  Image *const image = kind == NsinitImageKind::kReadable ? &readable : &unreadable;
  if (image->fd >= 0 && IsExecutable(*image)) return image->fd;
  const int opened = Open(image);
  if (opened < 0 || image->fd < 0) return image->fd = opened;
  // Not chmod, which whoever took the mode away could undo again: another file, that the namespaces of before cannot see.
  // The number stays: launches under way in other threads hold it.
  const int error = dup3(opened, image->fd, O_CLOEXEC) < 0 ? -errno : 0;
  close(opened);
  return error < 0 ? error : image->fd;
}

}  // namespace namespawn
