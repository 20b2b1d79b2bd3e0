#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <unordered_map>

#include "channel_slots.h"
#include "channels.h"
#include "module.h"
#include "nsinit_image.h"
#include "real_ids.h"
#include "room.h"
#include "signal_mask.h"
#include "stacks.h"

namespace namespawn {

// Every launch from its clone until it is reaped.
struct Launches {
  std::mutex mutex;
  std::unordered_map<int64_t, std::shared_ptr<Launch>> by_id;
  int64_t next_id = 1;
};

static Launches &TheLaunches() {
  static auto *launches = new Launches;
  return *launches;
}

std::shared_ptr<Launch> Launch::Find(int64_t id) {
  Launches &launches = TheLaunches();
  std::lock_guard<std::mutex> lock(launches.mutex);
  const auto found = launches.by_id.find(id);
  return found == launches.by_id.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<Launch>> Launch::All() {
  Launches &launches = TheLaunches();
  std::lock_guard<std::mutex> lock(launches.mutex);
  std::vector<std::shared_ptr<Launch>> all;
  for (const auto &[id, launch] : launches.by_id) all.push_back(launch);
  return all;
}

void ForgetLaunch(int64_t id) {
  Launches &launches = TheLaunches();
  std::lock_guard<std::mutex> lock(launches.mutex);
  launches.by_id.erase(id);
}

void EndLaunchesOf(const Environment *environment) {
  std::vector<std::shared_ptr<Launch>> theirs;
  {
    Launches &launches = TheLaunches();
    std::lock_guard<std::mutex> lock(launches.mutex);
    for (const auto &[id, launch] : launches.by_id)
      if (launch->BelongsTo(environment)) theirs.push_back(launch);
  }
  for (const auto &launch : theirs) launch->EndWithNode();
}

// ---- Sending

static int SendDatagram(int socket, const void *data, size_t size, const int *descriptors, size_t count) {
  iovec part = {const_cast<void *>(data), size};
  alignas(cmsghdr) char control[CMSG_SPACE(NSINIT_DESCRIPTORS_MAX * sizeof(int))];
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (count > 0) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(count * sizeof(int));
    cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(header), descriptors, count * sizeof(int));
  }
  return sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

static UniqueFd SealedMemfd(const void *data, size_t size) {
  UniqueFd memfd(WithRoom<kLaunchIsLocked>([] { return memfd_create("plan", MFD_CLOEXEC | MFD_ALLOW_SEALING); }));
  if (!memfd) return memfd;
  const char *next = static_cast<const char *>(data);
  for (size_t left = size; left > 0;) {
    const ssize_t written = write(memfd.get(), next, left);
    if (written < 0) return UniqueFd();
    next += written;
    left -= static_cast<size_t>(written);
  }
  fcntl(memfd.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
  return memfd;
}

static int SendPlan(int socket, const void *data, size_t size, const int *descriptors, size_t count, uint32_t command) {
  if (size <= NSINIT_DATAGRAM_MAX) return SendDatagram(socket, data, size, descriptors, count);
  const UniqueFd memfd = SealedMemfd(data, size);
  if (!memfd) return -errno;
  std::vector<int> all = {memfd.get()};
  all.insert(all.end(), descriptors, descriptors + count);
  nsinit_frame frame = {};
  frame.type = NSINIT_FRAME_MEMFD;
  frame.id = command;
  frame.size = sizeof frame;
  frame.u.memfd.size = size;
  return SendDatagram(socket, &frame, sizeof frame, all.data(), all.size());
}

int Launch::Send(const void *data, size_t size, const int *descriptors, size_t count, uint32_t command) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!channel_) return -ESRCH;
  const int sent = queue_.empty() ? SendPlan(channel_.get(), data, size, descriptors, count, command) : -EAGAIN;
  return sent == -EAGAIN ? Enqueue(data, size, descriptors, count, command) : sent;
}

// The socket is full: a sandbox got commands faster than it starts them. The caller's descriptors are its own again when this
// returns, so copies wait.
int Launch::Enqueue(const void *data, size_t size, const int *descriptors, size_t count, uint32_t command) {
  Outgoing message;
  message.command = command;
  const char *bytes = static_cast<const char *>(data);
  message.data.assign(bytes, bytes + size);
  for (size_t i = 0; i < count; i++) {
    message.descriptors.emplace_back(
        WithRoom<kLaunchIsLocked>([&] { return fcntl(descriptors[i], F_DUPFD_CLOEXEC, 0); }));
    if (!message.descriptors.back()) return -errno;
  }
  queue_.push_back(std::move(message));
  if (queue_.size() == 1) WatchOutput(channel_key_, true);
  return 0;
}

// On the reactor's thread.
void Launch::SendQueued() {
  std::unique_lock<std::mutex> lock(mutex_);
  if (queue_.empty() || !channel_) return;
  std::vector<std::pair<uint32_t, int>> failed;
  while (!queue_.empty()) {
    const Outgoing &message = queue_.front();
    std::vector<int> descriptors;
    for (const UniqueFd &descriptor : message.descriptors) descriptors.push_back(descriptor.get());
    const int sent = SendPlan(channel_.get(), message.data.data(), message.data.size(), descriptors.data(),
                              descriptors.size(), message.command);
    if (sent == -EAGAIN) break;
    // With nsinit gone its end is told. All else is for this one: no descriptor left for the plan's memfd, for instance.
    if (sent < 0 && message.command != 0 && expected_.commands.erase(message.command) > 0)
      failed.emplace_back(message.command, sent);
    queue_.pop_front();
  }
  if (queue_.empty()) WatchOutput(channel_key_, false);
  lock.unlock();
  for (const auto &[command, error] : failed) DeliverFailure(command, NSINIT_NODE_SEND, error, SYS_sendmsg);
}

int Launch::Signal(int signal) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!pidfd_) return -ESRCH;
  return syscall(SYS_pidfd_send_signal, pidfd_.get(), signal, nullptr, 0) < 0 ? -errno : 0;
}

void Launch::Wake() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!pidfd_ || expected_.is_init) return;
  siginfo_t info = {};
  info.si_signo = SIGCONT;
  info.si_code = SI_QUEUE;
  info.si_value.sival_int = NSINIT_WAKE;
  syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGCONT, &info, 0);
}

bool Launch::HasUnread() {
  std::lock_guard<std::mutex> lock(mutex_);
  int unread = 0;
  return channel_ && (!queue_.empty() || (ioctl(channel_.get(), SIOCOUTQ, &unread) == 0 && unread > 0));
}

void Launch::CloseChannel() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!channel_) return;
  Unwatch(channel_key_);
  channel_.reset();
}

void Launch::EndWithNode() {
  if (survives_node_) return;
  CloseChannel();
  // A supervisor ends its command's descendants first, which nobody else does.
  if (expected_.is_init) Signal(SIGKILL);
}

// Stopped, traced, or in a system call that does not return: a command that is not in a PID namespace of its own can do all that to
// its supervisor. The number is still its own: nobody else reaps it.
static bool IsHalted(pid_t pid) {
  const UniqueFd file(open(("/proc/" + std::to_string(pid) + "/stat").c_str(), O_RDONLY | O_CLOEXEC));
  char text[64];
  const ssize_t length = file ? read(file.get(), text, sizeof text - 1) : 0;
  if (length <= 0) return false;
  text[length] = '\0';
  const char *state = strrchr(text, ')');  // "PID (nsinit) S ..."
  return state != nullptr && strchr("TtD", state[2]) != nullptr;
}

void Launch::AskToEnd(int attempt) {
  static constexpr int kPatience = 4;
  nsinit_frame frame = {};
  frame.type = NSINIT_FRAME_SHUTDOWN;
  frame.size = sizeof frame;
  const bool is_asked = attempt > 0 || Send(&frame, sizeof frame) == 0;
  if (!survives_node_ && (!is_asked || attempt >= kPatience)) CloseChannel();
  Wake();
}

int Launch::Kill(int attempt) {
  // With the init its PID namespace is gone. What a supervisor holds it has to end itself: it is killed only where it does not.
  if (!expected_.is_init) {
    static constexpr int kHaltsMax = 2, kPatience = 8;
    halts_ = attempt > 0 && IsHalted(expected_.nsinit) ? halts_ + 1 : 0;
    if (halts_ <= kHaltsMax && attempt < kPatience) {
      const int is_there = Signal(0);
      if (is_there != -ESRCH) AskToEnd(attempt);
      return is_there;
    }
  }
  // Refused where the program has dropped its privileges since, or a filter forbids the call.
  const int killed = Signal(SIGKILL);
  if (killed < 0 && killed != -ESRCH) AskToEnd(attempt);
  return killed;
}

// ---- Launching

// Makes the child with all signals blocked: a handler of Node's must not run in it.
static long Clone(namespawn_child *child) {
  const SignalMask blocked;
  const RealIds ids((child->clone_flags & CLONE_NEWUSER) != 0);
  return namespawn_clone_child(child);
}

// What JavaScript sends, and gets back in the same Int32Array: lib/channel/nsinit.ts has the same indexes.
enum Request : size_t {
  kPlanSize = 0,
  kDescriptorCount = 1,
  kPid = 0,  // or the negative errno
  kSyscall = 1,
  kNodeStep = 2,
};

// The plan's frames, as far as Node has to know what they say.
struct PlanHead {
  const nsinit_frame *setup = nullptr;  // none in a plan for a sandbox that is there already
  uint32_t command = 0;                 // or 0: none is to be started yet
};

static PlanHead ReadPlan(const uint8_t *plan, size_t size) {
  PlanHead head;
  for (const uint8_t *next = plan; next + sizeof(nsinit_frame) <= plan + size;) {
    const auto *frame = reinterpret_cast<const nsinit_frame *>(next);
    if (frame->size < sizeof *frame) break;
    if (frame->type == NSINIT_FRAME_SETUP) head.setup = frame;
    if (frame->type == NSINIT_FRAME_SPAWN) head.command = frame->id;
    next += frame->size;
  }
  return head;
}

// The types that Node's clone has to make: nsinit unshares the others.
static uint64_t CloneFlags(const nsinit_frame &setup) {
  const bool is_init = (setup.u.setup.flags & NSINIT_SETUP_IS_INIT) != 0;
  return setup.u.setup.namespaces & (CLONE_NEWUSER | (is_init ? CLONE_NEWPID : 0u));
}

// launch(plan, descriptors, request, maps | undefined): answers the launch's id, or 0 where the request tells a failure.
Napi::Value LaunchNsinit(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  const auto plan = info[0].As<Napi::Uint8Array>();
  const auto descriptors = info[1].As<Napi::Int32Array>();
  auto request = info[2].As<Napi::Int32Array>();
  const size_t size = static_cast<size_t>(request[kPlanSize]);
  const size_t descriptor_count = static_cast<size_t>(request[kDescriptorCount]);
  const PlanHead head = ReadPlan(plan.Data(), size);
  const uint64_t clone_flags = CloneFlags(*head.setup), setup_flags = head.setup->u.setup.flags;
  // All that can fail comes before the clone.
  std::vector<std::string> maps;
  if (info[3].IsArray() && !ReadStrings(info[3], &maps)) return env.Undefined();

  const auto fail = [&](int error, int syscall_number, int step) {
    request[kPid] = error;
    request[kSyscall] = syscall_number;
    request[kNodeStep] = step;
    return Napi::Number::New(env, 0);
  };

  ReserveChannelSlots();
  const bool has_root = (setup_flags & NSINIT_SETUP_HAS_ROOT) != 0;
  const int image = NsinitImage(has_root ? NsinitImageKind::kUnreadable : NsinitImageKind::kReadable);
  if (image < 0) return fail(image, SYS_memfd_create, NSINIT_NODE_IMAGE);

  Channel channel;
  int failed_call = 0;
  const int taken = TakeChannel(&channel, &failed_call);
  if (taken < 0) return fail(taken, failed_call, NSINIT_NODE_CHANNEL);
  // The plan waits in nsinit's queue before nsinit exists.
  const int sent = SendPlan(channel.ours.get(), plan.Data(), size, descriptors.Data(), descriptor_count, head.command);
  if (sent < 0) {
    channel.Discard();
    return fail(sent, SYS_sendmsg, NSINIT_NODE_SEND);
  }

  char *stack = TakeStack();
  if (stack == nullptr) {
    const int error = -errno;
    channel.Discard();
    return fail(error, SYS_mmap, NSINIT_NODE_CLONE);
  }
  auto *child = new namespawn_child{};
  child->clone_flags = clone_flags;
  child->channel = channel.theirs;
  child->image = image;
  child->keep_capabilities = (clone_flags & CLONE_NEWUSER) != 0;
  child->stack = stack;
  child->stack_size = kStackSize;
  const long pid = WithRoom([&] { return Clone(child); });
  if (pid < 0) {
    channel.Discard();
    GiveStackBack(stack);
    delete child;
    return fail(static_cast<int>(pid), SYS_clone3, NSINIT_NODE_CLONE);
  }

  auto launch = std::make_shared<Launch>();
  launch->expected_.nsinit = static_cast<pid_t>(pid);
  launch->expected_.is_init = (setup_flags & NSINIT_SETUP_IS_INIT) != 0;
  launch->survives_node_ = (setup_flags & NSINIT_SETUP_SURVIVES_NODE) != 0;
  launch->has_cgroup_ = (setup_flags & NSINIT_SETUP_OWN_CGROUP) != 0;
  launch->is_sandbox_ = launch->expected_.ready = (setup_flags & NSINIT_SETUP_SANDBOX) != 0;
  launch->environment_ = Environment::Of(env);
  launch->channel_ = std::move(channel.ours);
  launch->channel_key_ = channel.key;
  launch->pidfd_.reset(child->pidfd);
  launch->child_ = child;
  if (head.command != 0) launch->Expect(head.command);
  if (maps.size() == 3) {
    launch->maps_ = {maps[0], maps[1], maps[2]};
    launch->expected_.maps_wanted = true;
  }
  {
    Launches &launches = TheLaunches();
    std::lock_guard<std::mutex> lock(launches.mutex);
    launch->id_ = launches.next_id++;
    launches.by_id.emplace(launch->id_, launch);
  }
  {
    // The reactor may be told of the first before the second is watched: it waits for this lock.
    std::lock_guard<std::mutex> lock(launch->mutex_);
    SetWatcher(launch->channel_key_, launch, Launch::kChannel);
    launch->pidfd_key_ = WatchPidfd(launch->pidfd_.get(), launch, Launch::kPidfd, !launch->expected_.is_init);
  }
  request[kPid] = static_cast<int32_t>(pid);
  return Napi::Number::New(env, static_cast<double>(launch->id_));
}

// spawn(id, plan, descriptors, request): a further command for a sandbox.
Napi::Value SpawnInLaunch(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  const auto launch = Launch::Find(info[0].As<Napi::Number>().Int64Value());
  if (launch == nullptr) return Answer(env, -1, ESRCH);
  const auto plan = info[1].As<Napi::Uint8Array>();
  const auto descriptors = info[2].As<Napi::Int32Array>();
  const auto request = info[3].As<Napi::Int32Array>();
  const size_t size = static_cast<size_t>(request[kPlanSize]);
  const size_t descriptor_count = static_cast<size_t>(request[kDescriptorCount]);
  const uint32_t command = ReadPlan(plan.Data(), size).command;
  {
    std::lock_guard<std::mutex> lock(launch->mutex_);
    launch->Expect(command);
  }
  const int error = launch->Send(plan.Data(), size, descriptors.Data(), descriptor_count, command);
  if (error < 0) {
    std::lock_guard<std::mutex> lock(launch->mutex_);
    launch->expected_.commands.erase(command);
  }
  return Answer(env, error, -error);
}

// A frame without operations: what the launch's nsinit is to do now.
static Napi::Value SendFrame(Napi::Env env, const std::shared_ptr<Launch> &launch, uint32_t type, uint32_t id,
                             uint32_t first, uint32_t second) {
  if (launch == nullptr) return Answer(env, -1, ESRCH);
  nsinit_frame frame = {};
  frame.type = type;
  frame.size = sizeof frame;
  frame.id = id;
  frame.u.numbers[0] = first;
  frame.u.numbers[1] = second;
  const int error = launch->Send(&frame, sizeof frame);
  return Answer(env, error, -error);
}

// signal(id, commandId, signal, scope): through nsinit, which knows whether the command still is who it was.
static Napi::Value SignalCommand(const Napi::CallbackInfo &info) {
  const auto launch = Launch::Find(info[0].As<Napi::Number>().Int64Value());
  const Napi::Value answer =
      SendFrame(info.Env(), launch, NSINIT_FRAME_SIGNAL, info[1].As<Napi::Number>().Uint32Value(),
                info[2].As<Napi::Number>().Uint32Value(), info[3].As<Napi::Number>().Uint32Value());
  if (launch != nullptr) launch->Wake();
  return answer;
}

// shutDown(id, signal, graceMs): a signal for every process, then the time to end, then the end.
static Napi::Value ShutDown(const Napi::CallbackInfo &info) {
  const auto launch = Launch::Find(info[0].As<Napi::Number>().Int64Value());
  return SendFrame(info.Env(), launch, NSINIT_FRAME_SHUTDOWN, 0, info[1].As<Napi::Number>().Uint32Value(),
                   info[2].As<Napi::Number>().Uint32Value());
}

// lastPid(id, question, pid): writes ns_last_pid inside, or reads it where pid is 0; an event answers the question.
Napi::Value AskLastPid(const Napi::CallbackInfo &info) {
  const auto launch = Launch::Find(info[0].As<Napi::Number>().Int64Value());
  if (launch != nullptr) {
    std::lock_guard<std::mutex> lock(launch->mutex_);
    launch->expected_.last_pids++;
  }
  return SendFrame(info.Env(), launch, NSINIT_FRAME_LAST_PID, info[1].As<Napi::Number>().Uint32Value(),
                   info[2].As<Napi::Number>().Uint32Value(), 0);
}

// kill(id, attempt): nsinit and all that it holds.
static Napi::Value KillLaunch(const Napi::CallbackInfo &info) {
  const auto launch = Launch::Find(info[0].As<Napi::Number>().Int64Value());
  const int error = launch == nullptr ? -ESRCH : launch->Kill(info[1].As<Napi::Number>().Int32Value());
  return Answer(info.Env(), error, -error);
}

// hasUnread(id): whether nsinit has still to read something.
static Napi::Value HasUnread(const Napi::CallbackInfo &info) {
  const auto launch = Launch::Find(info[0].As<Napi::Number>().Int64Value());
  return Napi::Boolean::New(info.Env(), launch != nullptr && launch->HasUnread());
}

static Napi::Value CloseLaunch(const Napi::CallbackInfo &info) {
  const auto launch = Launch::Find(info[0].As<Napi::Number>().Int64Value());
  if (launch != nullptr) launch->CloseChannel();
  return info.Env().Undefined();
}

static Napi::Value SetImageFile(const Napi::CallbackInfo &info) {
  SetNsinitFile(info[0].As<Napi::String>().Utf8Value().c_str());
  return info.Env().Undefined();
}

void RegisterLaunch(Napi::Env env, Napi::Object exports) {
  Register<LaunchNsinit>(env, exports, "launch");
  Register<SpawnInLaunch>(env, exports, "spawn");
  Register<SignalCommand>(env, exports, "signal");
  Register<KillLaunch>(env, exports, "kill");
  Register<ShutDown>(env, exports, "shutDown");
  Register<AskLastPid>(env, exports, "lastPid");
  Register<HasUnread>(env, exports, "hasUnread");
  Register<CloseLaunch>(env, exports, "closeLaunch");
  Register<SetImageFile>(env, exports, "setImageFile");
}

}  // namespace namespawn
