// nsinit is executed from a sealed memfd, never from a file of the host: a namespace that could write to its init's
// executable would own the next one (CVE-2019-5736).
#include "nsinit_image.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mutex>
#include <string>

#include "unique_fd.h"

extern "C" const char namespawn_nsinit_begin[], namespawn_nsinit_end[];

#ifndef MFD_EXEC
#define MFD_EXEC 0x10U  // Linux 6.3
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x20  // Linux 6.3
#endif

namespace namespawn {

static std::mutex mutex;
static int image = -1;
static std::string &File() {
  static auto *file = new std::string;
  return *file;
}

void SetNsinitFile(const char *path) {
  std::lock_guard<std::mutex> lock(mutex);
  File() = path;
}

static int WriteAll(int fd, const char *data, size_t size) {
  while (size > 0) {
    const ssize_t written = write(fd, data, size);
    if (written < 0) return -errno;
    data += written;
    size -= static_cast<size_t>(written);
  }
  return 0;
}

static int CreateMemfd() {
  const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  UniqueFd memfd(memfd_create("nsinit", flags | MFD_EXEC));
  if (!memfd && errno == EINVAL) memfd.reset(memfd_create("nsinit", flags));
  if (!memfd) return -errno;
  const int error =
      WriteAll(memfd.get(), namespawn_nsinit_begin, static_cast<size_t>(namespawn_nsinit_end - namespawn_nsinit_begin));
  if (error < 0) return error;
  // Readable and executable for whoever a user namespace makes of the caller, writable for none.
  if (fchmod(memfd.get(), 0555) < 0) return -errno;
  const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  if (fcntl(memfd.get(), F_ADD_SEALS, seals | F_SEAL_EXEC) < 0 && fcntl(memfd.get(), F_ADD_SEALS, seals) < 0)
    return -errno;
  return memfd.release();
}

static int Open() {
  const int memfd = CreateMemfd();
  if (memfd >= 0 || File().empty()) return memfd;
  const int file = open(File().c_str(), O_RDONLY | O_CLOEXEC);
  // The memfd's errno tells the cause; that the file is missing as well does not.
  return file >= 0 ? file : memfd;
}

int NsinitImage() {
  std::lock_guard<std::mutex> lock(mutex);
  if (image < 0) {
    const int opened = Open();
    if (opened < 0) return opened;
    image = opened;
  }
  return image;
}

int RenewNsinitImage() {
  std::lock_guard<std::mutex> lock(mutex);
  UniqueFd opened(Open());
  if (!opened) return -errno;
  // The number stays: launches under way in other threads hold it.
  if (image >= 0) return dup3(opened.get(), image, O_CLOEXEC) < 0 ? -errno : image;
  image = opened.release();
  return image;
}

}  // namespace namespawn
