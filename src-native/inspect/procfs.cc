// Reads files and links of one process. All are read through one descriptor of its directory in /proc, so they never belong to another
// process that has received the same PID meanwhile. A listing of the machine reads ten thousand links, and each takes four times as long
// through Node's fs as in the kernel.
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "module.h"
#include "protocol/protocol.h"
#include "unique_fd.h"

namespace namespawn {

// The object `namespaceRequests` of constants.cc has the same order.
#define LINK(name, flag, request) "ns/" #name,
static const char *const kLinks[] = {NSINIT_NAMESPACES(LINK) NSINIT_NAMESPACES_FOR_CHILDREN(LINK)};
#undef LINK
static constexpr size_t kLinkCount = sizeof kLinks / sizeof *kLinks;
// The longest text of interest is "time_for_children:[4026531834]".
using Link = char[64];

static bool ReadLink(int directory, const char *name, Link &target) {
  const ssize_t length = readlinkat(directory, name, target, sizeof target - 1);
  if (length < 0) return false;
  target[length] = '\0';
  return true;
}

// Returns the number in "net:[4026531833]", or 0 for any other link.
static double IdOf(const char *link) {
  const char *bracket = strstr(link, ":[");
  return bracket == nullptr ? 0 : static_cast<double>(strtoull(bracket + 2, nullptr, 10));
}

// Returns the errno of the last link that could not be read, or 0.
static int ReadNamespaceLinks(int directory, double *ids) {
  Link target;
  int error = 0;
  for (size_t i = 0; i < kLinkCount; i++) {
    ids[i] = 0;
    // The permission is that of the process, not of the link. After one refusal the others would be refused as well.
    if (error == EACCES) continue;
    if (ReadLink(directory, kLinks[i], target)) {
      ids[i] = IdOf(target);
    } else {
      error = errno;
    }
  }
  return error;
}

static bool ReadFile(int directory, const char *name, std::string &content) {
  const UniqueFd fd(openat(directory, name, O_RDONLY | O_CLOEXEC));
  if (!fd) return false;
  content.clear();
  char buffer[4096];
  for (;;) {
    const ssize_t length = read(fd.get(), buffer, sizeof buffer);
    if (length < 0) return false;
    if (length == 0) return true;
    content.append(buffer, static_cast<size_t>(length));
  }
}

// readProcess(directory, [file ...], Float64Array or null): returns the contents of the files (undefined for a file that cannot be read),
// followed by the errno of the links. Writes the ids of the namespaces to the array; 0 for one that cannot be read.
static Napi::Value ReadProcess(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  const std::string path = info[0].As<Napi::String>();
  std::vector<std::string> names;
  if (!ReadStrings(info[1], &names)) return env.Undefined();
  const UniqueFd directory(open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return Result(env, -1, errno);
  const auto count = static_cast<uint32_t>(names.size());
  Napi::Array result = Napi::Array::New(env, count + 1);
  std::string content;
  for (uint32_t i = 0; i < count; i++)
    if (ReadFile(directory.get(), names[i].c_str(), content)) result.Set(i, Napi::String::New(env, content));
  int error = 0;
  if (info[2].IsTypedArray()) error = ReadNamespaceLinks(directory.get(), info[2].As<Napi::Float64Array>().Data());
  result.Set(count, Napi::Number::New(env, error));
  return result;
}

// readNamespaceDescriptors(path of /proc/PID/fd): returns [fd, link, fd, link ...] for those that may be namespaces.
static Napi::Value ReadNamespaceDescriptors(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  const std::string path = info[0].As<Napi::String>();
  const std::unique_ptr<DIR, int (*)(DIR *)> directory(opendir(path.c_str()), closedir);
  if (!directory) return Result(env, -1, errno);
  Napi::Array found = Napi::Array::New(env);
  uint32_t count = 0;
  Link target;
  while (const dirent *entry = readdir(directory.get())) {
    if (entry->d_name[0] == '.' || !ReadLink(dirfd(directory.get()), entry->d_name, target)) continue;
    // lib/ knows the types. This only keeps nearly all other links out of JavaScript.
    if (strchr("/sa", target[0]) != nullptr || strncmp(target, "pipe:", 5) == 0) continue;
    found.Set(count++, Napi::Number::New(env, atoi(entry->d_name)));
    found.Set(count++, Napi::String::New(env, target));
  }
  return found;
}

void RegisterProcfs(Napi::Env env, Napi::Object exports) {
  Register<ReadProcess>(env, exports, "readProcess");
  Register<ReadNamespaceDescriptors>(env, exports, "readNamespaceDescriptors");
}

}  // namespace namespawn
