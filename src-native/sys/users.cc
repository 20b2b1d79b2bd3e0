// Looks up the ids of users and groups by name, in the sources that nsswitch.conf(5) names, such as files or a directory service.
#include <grp.h>
#include <pwd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "module.h"

namespace namespawn {

// The largest entries are groups of many members.
constexpr size_t kFirstSize = 4096;
constexpr size_t kLargestSize = size_t{16} << 20;

// Returns the id, -ENOENT if there is no such name, or another negated errno. `look` is getpwnam_r or getgrnam_r.
template <typename Entry, typename Look, typename Id>
static Napi::Value IdOf(const Napi::CallbackInfo &info, Look look, Id id) {
  const std::string name = info[0].As<Napi::String>().Utf8Value();
  Entry entry;
  Entry *found = nullptr;
  int error = ERANGE;
  for (std::vector<char> room(kFirstSize); room.size() <= kLargestSize; room.resize(room.size() * 4)) {
    error = look(name.c_str(), &entry, room.data(), room.size(), &found);
    if (error != ERANGE) break;
  }
  if (found != nullptr) return Napi::Number::New(info.Env(), id(entry));
  // Some sources return one of these errors if there is no such name: getpwnam(3).
  const bool is_unknown = error == 0 || error == ESRCH || error == EBADF || error == EPERM;
  return Napi::Number::New(info.Env(), -(is_unknown ? ENOENT : error));
}

static Napi::Value UserId(const Napi::CallbackInfo &info) {
  return IdOf<passwd>(info, getpwnam_r, [](const passwd &entry) { return entry.pw_uid; });
}

static Napi::Value GroupId(const Napi::CallbackInfo &info) {
  return IdOf<group>(info, getgrnam_r, [](const group &entry) { return entry.gr_gid; });
}

void RegisterUsers(Napi::Env env, Napi::Object exports) {
  Register<UserId>(env, exports, "userId");
  Register<GroupId>(env, exports, "groupId");
}

}  // namespace namespawn
