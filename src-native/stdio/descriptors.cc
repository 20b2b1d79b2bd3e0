#include "stdio/descriptors.h"

#include <sys/stat.h>
#include <unistd.h>

namespace namespawn {

static constexpr size_t kWord = 64;

void Descriptors::Add(int fd) {
  entrusted_.erase(fd);
  const auto at = static_cast<size_t>(fd);
  if (at / kWord >= bits_.size()) bits_.resize(at / kWord + 1);
  bits_[at / kWord] |= uint64_t{1} << at % kWord;
}

bool Descriptors::Remove(int fd) {
  if (fd < 0) return false;
  const auto at = static_cast<size_t>(fd);
  const uint64_t bit = uint64_t{1} << at % kWord;
  if (at / kWord < bits_.size() && (bits_[at / kWord] & bit) != 0) {
    bits_[at / kWord] &= ~bit;
    return true;
  }
  const auto found = entrusted_.find(fd);
  if (found == entrusted_.end()) return false;
  const bool is_still = IsStill(fd, found->second);
  entrusted_.erase(found);
  return is_still;
}

void Descriptors::Entrust(int fd) {
  struct stat status;
  if (Remove(fd) && fstat(fd, &status) == 0) entrusted_[fd] = {status.st_dev, status.st_ino, false};
}

void Descriptors::EntrustChild(int pidfd) {
  struct stat status;
  if (fstat(pidfd, &status) == 0) entrusted_[pidfd] = {status.st_dev, status.st_ino, true};
}

std::vector<UniqueFd> Descriptors::CloseAll() {
  for (size_t word = 0; word < bits_.size(); word++)
    for (size_t bit = 0; bit < kWord; bit++)
      if ((bits_[word] >> bit & 1) != 0) close(static_cast<int>(word * kWord + bit));
  bits_.clear();
  std::vector<UniqueFd> children;
  for (const auto &[fd, file] : entrusted_) {
    if (!IsStill(fd, file)) continue;
    UniqueFd owned(fd);
    if (file.is_child) children.push_back(std::move(owned));
  }
  entrusted_.clear();
  return children;
}

bool Descriptors::IsStill(int fd, const File &file) {
  struct stat status;
  return fstat(fd, &status) == 0 && status.st_dev == file.device && status.st_ino == file.inode;
}

}  // namespace namespawn
