// Exports constants: the kernel's from its headers, those of the protocol from protocol.h.
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "failed_call.h"
#include "module.h"
#include "protocol/compatibility.h"
#include "protocol/files.h"
#include "protocol/inside_socket.h"
#include "protocol/protocol.h"
#include "reactor/environment.h"

namespace namespawn {

struct Constant {
  const char *name;
  double value;
};

#define KERNEL(name) \
  { #name, static_cast < double>(name) }
static const Constant kKernel[] = {
    KERNEL(CLONE_VM),
    KERNEL(CLONE_FS),
    KERNEL(CLONE_FILES),
    KERNEL(CLONE_SIGHAND),
    KERNEL(CLONE_PIDFD),
    KERNEL(CLONE_PTRACE),
    KERNEL(CLONE_VFORK),
    KERNEL(CLONE_PARENT),
    KERNEL(CLONE_SYSVSEM),
    KERNEL(CLONE_IO),
    KERNEL(CLONE_CLEAR_SIGHAND),
    KERNEL(CLONE_INTO_CGROUP),
    KERNEL(CLONE_NEWCGROUP),
    KERNEL(CLONE_NEWIPC),
    KERNEL(CLONE_NEWNET),
    KERNEL(CLONE_NEWNS),
    KERNEL(CLONE_NEWPID),
    KERNEL(CLONE_NEWTIME),
    KERNEL(CLONE_NEWUSER),
    KERNEL(CLONE_NEWUTS),
    KERNEL(WNOHANG),
    KERNEL(WUNTRACED),
    KERNEL(WSTOPPED),
    KERNEL(WEXITED),
    KERNEL(WCONTINUED),
    KERNEL(WNOWAIT),
    KERNEL(__WALL),
    KERNEL(__WCLONE),
    KERNEL(__WNOTHREAD),
    KERNEL(PIDFD_NONBLOCK),
    KERNEL(PIDFD_THREAD),
    KERNEL(PIDFD_SIGNAL_THREAD),
    KERNEL(PIDFD_SIGNAL_THREAD_GROUP),
    KERNEL(PIDFD_SIGNAL_PROCESS_GROUP),
};

// Constants that lib/ needs and namespawn/sys does not export.
static const Constant kInternal[] = {
    KERNEL(CAP_SETFCAP),
    KERNEL(CAP_SETGID),
    KERNEL(CAP_SETUID),
    KERNEL(CAP_SYS_ADMIN),
    KERNEL(CAP_SYS_RESOURCE),
    KERNEL(CLD_EXITED),
    KERNEL(MS_BIND),
    KERNEL(MS_PRIVATE),
    KERNEL(MS_REC),
    KERNEL(MS_SHARED),
    KERNEL(MS_SLAVE),
    KERNEL(P_PID),
    {"P_PIDFD", WAIT_FOR_PIDFD},
};

static const Constant kCapabilities[] = {
    KERNEL(CAP_CHOWN),
    KERNEL(CAP_DAC_OVERRIDE),
    KERNEL(CAP_DAC_READ_SEARCH),
    KERNEL(CAP_FOWNER),
    KERNEL(CAP_FSETID),
    KERNEL(CAP_KILL),
    KERNEL(CAP_SETGID),
    KERNEL(CAP_SETUID),
    KERNEL(CAP_SETPCAP),
    KERNEL(CAP_LINUX_IMMUTABLE),
    KERNEL(CAP_NET_BIND_SERVICE),
    KERNEL(CAP_NET_BROADCAST),
    KERNEL(CAP_NET_ADMIN),
    KERNEL(CAP_NET_RAW),
    KERNEL(CAP_IPC_LOCK),
    KERNEL(CAP_IPC_OWNER),
    KERNEL(CAP_SYS_MODULE),
    KERNEL(CAP_SYS_RAWIO),
    KERNEL(CAP_SYS_CHROOT),
    KERNEL(CAP_SYS_PTRACE),
    KERNEL(CAP_SYS_PACCT),
    KERNEL(CAP_SYS_ADMIN),
    KERNEL(CAP_SYS_BOOT),
    KERNEL(CAP_SYS_NICE),
    KERNEL(CAP_SYS_RESOURCE),
    KERNEL(CAP_SYS_TIME),
    KERNEL(CAP_SYS_TTY_CONFIG),
    KERNEL(CAP_MKNOD),
    KERNEL(CAP_LEASE),
    KERNEL(CAP_AUDIT_WRITE),
    KERNEL(CAP_AUDIT_CONTROL),
    KERNEL(CAP_SETFCAP),
    KERNEL(CAP_MAC_OVERRIDE),
    KERNEL(CAP_MAC_ADMIN),
    KERNEL(CAP_SYSLOG),
    KERNEL(CAP_WAKE_ALARM),
    KERNEL(CAP_BLOCK_SUSPEND),
    KERNEL(CAP_AUDIT_READ),
    KERNEL(CAP_PERFMON),
    KERNEL(CAP_BPF),
    KERNEL(CAP_CHECKPOINT_RESTORE),
};

#define RESOURCE(name, value) \
  { name, static_cast<double>(value) }
static const Constant kResources[] = {
    RESOURCE("as", RLIMIT_AS),
    RESOURCE("core", RLIMIT_CORE),
    RESOURCE("cpu", RLIMIT_CPU),
    RESOURCE("data", RLIMIT_DATA),
    RESOURCE("fsize", RLIMIT_FSIZE),
    RESOURCE("locks", RLIMIT_LOCKS),
    RESOURCE("memlock", RLIMIT_MEMLOCK),
    RESOURCE("msgqueue", RLIMIT_MSGQUEUE),
    RESOURCE("nice", RLIMIT_NICE),
    RESOURCE("nofile", RLIMIT_NOFILE),
    RESOURCE("nproc", RLIMIT_NPROC),
    RESOURCE("rss", RLIMIT_RSS),
    RESOURCE("rtprio", RLIMIT_RTPRIO),
    RESOURCE("rttime", RLIMIT_RTTIME),
    RESOURCE("sigpending", RLIMIT_SIGPENDING),
    RESOURCE("stack", RLIMIT_STACK),
};

#define NAMED(name, value) {#name, value},
static const Constant kFrames[] = {NSINIT_FRAMES(NAMED)};
#define NAMED_OPERATION(name, value, frame, function) NAMED(name, value)
static const Constant kOperations[] = {NSINIT_OPERATIONS(NAMED_OPERATION)};
#undef NAMED_OPERATION
static const Constant kReports[] = {NSINIT_REPORTS(NAMED)};
static const Constant kStages[] = {NSINIT_STAGES(NAMED)};
static const Constant kExits[] = {NSINIT_EXITS(NAMED)};
static const Constant kNodeSteps[] = {NSINIT_NODE_STEPS(NAMED)};
static const Constant kSetupFlags[] = {NSINIT_SETUP_FLAGS(NAMED)};
static const Constant kScopes[] = {NSINIT_SCOPES(NAMED)};
static const Constant kEnters[] = {NSINIT_ENTERS(NAMED)};
static const Constant kSources[] = {NSINIT_SOURCES(NAMED)};
static const Constant kSourceFlags[] = {NSINIT_SOURCE_FLAGS(NAMED)};
static const Constant kRoots[] = {NSINIT_ROOTS(NAMED)};
static const Constant kMounts[] = {NSINIT_MOUNTS(NAMED)};
static const Constant kMountFlags[] = {NSINIT_MOUNT_FLAGS(NAMED)};
static const Constant kSocketFlags[] = {INSIDE_SOCKET_FLAGS(NAMED)};
static const Constant kFileRecords[] = {FILES_RECORDS(NAMED)};
static const Constant kFileFlags[] = {FILES_FLAGS(NAMED)};
#undef NAMED
#define NAMED_FLAG(name, flag, request) {#name, flag},
static const Constant kNamespaces[] = {NSINIT_NAMESPACES(NAMED_FLAG)};
#undef NAMED_FLAG
#define NAMED_REQUEST(name, flag, request) {#name, request},
static const Constant kNamespaceRequests[] = {NSINIT_NAMESPACES(NAMED_REQUEST)
                                                  NSINIT_NAMESPACES_FOR_CHILDREN(NAMED_REQUEST)};
#undef NAMED_REQUEST
static const Constant kEventKinds[] = {
    {"ENDED", Event::kEnded},
    {"WAITED", Event::kWaited},
    {"WATCHED", Event::kWatched},
};

// The numbers of system calls differ between architectures. src-native/syscall_names.sh writes this list when the addon is built.
#define SYSCALL(name) {#name, __NR_##name},
static const Constant kSyscalls[] = {
#include "syscall_names.h"
};
#undef SYSCALL

template <size_t count>
static Napi::Object Table(Napi::Env env, const Constant (&constants)[count]) {
  Napi::Object table = Napi::Object::New(env);
  for (const Constant &constant : constants) table.Set(constant.name, Napi::Number::New(env, constant.value));
  return table;
}

void RegisterConstants(Napi::Env env, Napi::Object exports) {
  exports.Set("constants", Table(env, kKernel));
  exports.Set("internalConstants", Table(env, kInternal));
  exports.Set("eventKinds", Table(env, kEventKinds));
  exports.Set("namespaceRequests", Table(env, kNamespaceRequests));
  exports.Set("capabilities", Table(env, kCapabilities));
  exports.Set("resources", Table(env, kResources));
  Napi::Object protocol = Napi::Object::New(env);
  protocol.Set("frames", Table(env, kFrames));
  protocol.Set("operations", Table(env, kOperations));
  protocol.Set("reports", Table(env, kReports));
  protocol.Set("stages", Table(env, kStages));
  protocol.Set("exits", Table(env, kExits));
  protocol.Set("nodeSteps", Table(env, kNodeSteps));
  protocol.Set("namespaces", Table(env, kNamespaces));
  protocol.Set("setupFlags", Table(env, kSetupFlags));
  protocol.Set("scopes", Table(env, kScopes));
  protocol.Set("socketFlags", Table(env, kSocketFlags));
  protocol.Set("enters", Table(env, kEnters));
  protocol.Set("fileRecords", Table(env, kFileRecords));
  protocol.Set("fileFlags", Table(env, kFileFlags));
  protocol.Set("sources", Table(env, kSources));
  protocol.Set("sourceFlags", Table(env, kSourceFlags));
  protocol.Set("roots", Table(env, kRoots));
  protocol.Set("mounts", Table(env, kMounts));
  protocol.Set("mountFlags", Table(env, kMountFlags));
  protocol.Set("datagramMax", Napi::Number::New(env, NSINIT_DATAGRAM_MAX));
  protocol.Set("descriptorsMax", Napi::Number::New(env, NSINIT_DESCRIPTORS_MAX));
  exports.Set("protocol", protocol);
  Napi::Object syscalls = Napi::Object::New(env);
  for (const Constant &call : kSyscalls)
    syscalls.Set(static_cast<uint32_t>(call.value), Napi::String::New(env, call.name));
  syscalls.Set(std::to_string(kPthreadCreate), Napi::String::New(env, "pthread_create"));
  exports.Set("syscalls", syscalls);
}

}  // namespace namespawn
