// Looks up users and groups, in the sources that nsswitch.conf(5) names, such as files or a directory service.
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

// Finds an entry by its name or id. `read` receives it, while its texts are there. Returns the result of `read`, -ENOENT if there is no such
// entry, or another negated errno. `look` is getpwnam_r, getpwuid_r or getgrnam_r.
template <typename Entry, typename Look, typename Key, typename Read>
static Napi::Value Find(Napi::Env env, Look look, Key key, Read read) {
  Entry entry;
  Entry *found = nullptr;
  int error = ERANGE;
  for (std::vector<char> room(kFirstSize); room.size() <= kLargestSize; room.resize(room.size() * 4)) {
    error = look(key, &entry, room.data(), room.size(), &found);
    if (found != nullptr) return read(entry);
    if (error != ERANGE) break;
  }
  // Some sources return one of these errors if there is no such entry: getpwnam(3).
  const bool is_unknown = error == 0 || error == ESRCH || error == EBADF || error == EPERM;
  return Napi::Number::New(env, -(is_unknown ? ENOENT : error));
}

static Napi::Value UserId(const Napi::CallbackInfo &info) {
  const std::string name = info[0].As<Napi::String>().Utf8Value();
  return Find<passwd>(info.Env(), getpwnam_r, name.c_str(),
                      [&](const passwd &entry) { return Napi::Number::New(info.Env(), entry.pw_uid); });
}

static Napi::Value GroupId(const Napi::CallbackInfo &info) {
  const std::string name = info[0].As<Napi::String>().Utf8Value();
  return Find<group>(info.Env(), getgrnam_r, name.c_str(),
                     [&](const group &entry) { return Napi::Number::New(info.Env(), entry.gr_gid); });
}

static Napi::Value UserName(const Napi::CallbackInfo &info) {
  return Find<passwd>(info.Env(), getpwuid_r, info[0].As<Napi::Number>().Uint32Value(),
                      [&](const passwd &entry) { return Napi::String::New(info.Env(), entry.pw_name); });
}

void RegisterUsers(Napi::Env env, Napi::Object exports) {
  Register<UserId>(env, exports, "userId");
  Register<GroupId>(env, exports, "groupId");
  Register<UserName>(env, exports, "userName");
}

}  // namespace namespawn
