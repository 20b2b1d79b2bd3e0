// Creates rulesets of Landlock. The paths are opened in this process, so outside of every namespace, and a command receives the ruleset as a
// descriptor. landlock(7)
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "module.h"
#include "unique_fd.h"

namespace namespawn {

// The struct and constants of newer headers. Older kernels accept it as long as what they do not know is 0.
struct RulesetAttributes {
  uint64_t files, network, scope;
};
struct PortRule {
  uint64_t rights, port;
};
constexpr int kNetPortRule = 2;
// EXECUTE, WRITE_FILE, READ_FILE, TRUNCATE, IOCTL_DEV: the rights that a rule of a file may contain. Others are those of directories.
constexpr uint64_t kRightsOfFiles = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14 | 1 << 15;

// landlockAbi(): the version of Landlock, or a negated errno if the kernel does not have it or it is not enabled.
static Napi::Value LandlockAbi(const Napi::CallbackInfo &info) {
  return Result(info.Env(), syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION), errno);
}

static long AddPath(int ruleset, const std::string &path, uint64_t rights, int32_t *call) {
  *call = SYS_openat;
  const UniqueFd fd(open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!fd) return -errno;
  *call = SYS_newfstatat;
  struct stat status;
  if (fstat(fd.get(), &status) < 0) return -errno;
  landlock_path_beneath_attr rule = {};
  rule.allowed_access = S_ISDIR(status.st_mode) ? rights : rights & kRightsOfFiles;
  rule.parent_fd = fd.get();
  // A rule without a right is refused with ENOMSG: a file cannot be listed, for example.
  if (rule.allowed_access == 0) return 0;
  *call = SYS_landlock_add_rule;
  return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0 ? -errno : 0;
}

// landlockRuleset([files, network, scope], paths, rights, ports, failed): returns the descriptor of a ruleset, or a negated errno. `rights`
// are those of each path; `ports` contains a port and its rights in turns. `failed` receives the number of the system call that has failed,
// and the index of the path.
static Napi::Value LandlockRuleset(const Napi::CallbackInfo &info) {
  const auto handled = info[0].As<Napi::Uint32Array>();
  const auto rights = info[2].As<Napi::Uint32Array>();
  const auto ports = info[3].As<Napi::Uint32Array>();
  auto failed = info[4].As<Napi::Int32Array>();
  std::vector<std::string> paths;
  if (!ReadStrings(info[1], &paths)) return info.Env().Undefined();
  const RulesetAttributes attributes = {handled[0], handled[1], handled[2]};
  int32_t call = SYS_landlock_create_ruleset;
  const auto fail = [&](long error, int32_t index) {
    failed[0] = call;
    failed[1] = index;
    return Napi::Number::New(info.Env(), static_cast<double>(error));
  };
  UniqueFd ruleset(static_cast<int>(syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0)));
  if (!ruleset) return fail(-errno, -1);
  for (size_t i = 0; i < paths.size(); i++) {
    const long error = AddPath(ruleset.get(), paths[i], rights[i], &call);
    if (error < 0) return fail(error, static_cast<int32_t>(i));
  }
  for (size_t i = 0; i + 1 < ports.ElementLength(); i += 2) {
    const PortRule rule = {ports[i + 1], ports[i]};
    call = SYS_landlock_add_rule;
    if (syscall(SYS_landlock_add_rule, ruleset.get(), kNetPortRule, &rule, 0) < 0) return fail(-errno, -1);
  }
  return Napi::Number::New(info.Env(), Keep(ruleset.release()));
}

void RegisterLandlockRuleset(Napi::Env env, Napi::Object exports) {
  Register<LandlockAbi>(env, exports, "landlockAbi");
  Register<LandlockRuleset>(env, exports, "landlockRuleset");
}

}  // namespace namespawn
