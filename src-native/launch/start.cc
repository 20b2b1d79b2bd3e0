// Starts an nsinit with a plan, and sends further commands to one.
#include "launch/start.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "launch/channel_slots.h"
#include "launch/channels.h"
#include "launch/nsinit.h"
#include "launch/nsinit_image.h"
#include "launch/real_ids.h"
#include "launch/room.h"
#include "launch/send_plan.h"
#include "launch/signal_mask.h"
#include "launch/stacks.h"
#include "module.h"

namespace namespawn {

// ---- Launching

// Makes the child with all signals blocked: a handler of Node's must not run in it.
static long Clone(namespawn_child *child) {
  const SignalMask blocked;
  const RealIds ids((child->clone_flags & CLONE_NEWUSER) != 0);
  return namespawn_clone_child(child);
}

// What JavaScript sends, and gets back in the same Int32Array: lib/start/channel/nsinit.ts has the same indexes.
enum Request : size_t {
  kPlanSize = 0,
  kDescriptorCount = 1,
  kPid = 0,  // or the negative errno
  kSyscall = 1,
  kNodeStep = 2,
};

// The plan's frames, as far as Node has to know what they say.
struct PlanSummary {
  const nsinit_frame *setup = nullptr;  // none in a plan for a sandbox that is there already
  uint32_t command = 0;                 // or 0: none is to be started yet
};

static PlanSummary ReadPlan(const uint8_t *plan, size_t size) {
  PlanSummary summary;
  for (const uint8_t *next = plan; next + sizeof(nsinit_frame) <= plan + size;) {
    const auto *frame = reinterpret_cast<const nsinit_frame *>(next);
    if (frame->size < sizeof *frame) break;
    if (frame->type == NSINIT_FRAME_SETUP) summary.setup = frame;
    if (frame->type == NSINIT_FRAME_SPAWN) summary.command = frame->id;
    next += frame->size;
  }
  return summary;
}

// The types that Node's clone has to make: nsinit unshares the others.
static uint64_t CloneFlags(const nsinit_frame &setup) {
  if ((setup.u.setup.flags & NSINIT_SETUP_JOINS) != 0) return 0;
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
  const PlanSummary summary = ReadPlan(plan.Data(), size);
  const uint64_t clone_flags = CloneFlags(*summary.setup), setup_flags = summary.setup->u.setup.flags;
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
  const int sent = SendPlan(channel.ours.get(), plan.Data(), size, descriptors.Data(), descriptor_count,
                            summary.command, &failed_call);
  if (sent < 0) {
    channel.Discard();
    return fail(sent, failed_call, failed_call == SYS_sendmsg ? NSINIT_NODE_SEND : NSINIT_NODE_CHANNEL);
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

  auto nsinit = std::make_shared<Nsinit>();
  nsinit->expected_.nsinit_pid = static_cast<pid_t>(pid);
  // What Node has launched is not the init then, but the parent of it.
  nsinit->expected_.joins = (setup_flags & NSINIT_SETUP_JOINS) != 0;
  nsinit->expected_.is_init = (setup_flags & NSINIT_SETUP_IS_INIT) != 0 && !nsinit->expected_.joins;
  nsinit->survives_node_ = (setup_flags & NSINIT_SETUP_SURVIVES_NODE) != 0;
  nsinit->has_cgroup_ = (setup_flags & NSINIT_SETUP_OWN_CGROUP) != 0;
  nsinit->is_sandbox_ = nsinit->expected_.ready = (setup_flags & NSINIT_SETUP_SANDBOX) != 0;
  nsinit->environment_ = Environment::Of(env);
  nsinit->channel_ = std::move(channel.ours);
  nsinit->channel_key_ = channel.key;
  nsinit->pidfd_.reset(child->pidfd);
  nsinit->child_ = child;
  if (summary.command != 0) nsinit->Expect(summary.command);
  if (maps.size() == 3) {
    nsinit->maps_ = {maps[0], maps[1], maps[2]};
    nsinit->expected_.maps_wanted = true;
  }
  nsinit->Register();
  {
    // The reactor may be told of the first before the second is watched: it waits for this lock.
    std::lock_guard<std::mutex> lock(nsinit->mutex_);
    SetWatcher(nsinit->channel_key_, nsinit, Nsinit::kChannel);
    nsinit->pidfd_key_ = WatchPidfd(nsinit->pidfd_.get(), nsinit, Nsinit::kPidfd, !nsinit->expected_.is_init);
  }
  request[kPid] = static_cast<int32_t>(pid);
  return Napi::Number::New(env, static_cast<double>(nsinit->id_));
}

// spawn(id, plan, descriptors, request): a further command for a sandbox.
Napi::Value SpawnInSandbox(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  const auto nsinit = Nsinit::Find(info[0].As<Napi::Number>().Int64Value());
  if (nsinit == nullptr) return Result(env, -1, ESRCH);
  const auto plan = info[1].As<Napi::Uint8Array>();
  const auto descriptors = info[2].As<Napi::Int32Array>();
  const auto request = info[3].As<Napi::Int32Array>();
  const size_t size = static_cast<size_t>(request[kPlanSize]);
  const size_t descriptor_count = static_cast<size_t>(request[kDescriptorCount]);
  const uint32_t command = ReadPlan(plan.Data(), size).command;
  {
    std::lock_guard<std::mutex> lock(nsinit->mutex_);
    nsinit->Expect(command);
  }
  const int error = nsinit->Send(plan.Data(), size, descriptors.Data(), descriptor_count, command);
  if (error < 0) {
    std::lock_guard<std::mutex> lock(nsinit->mutex_);
    nsinit->expected_.commands.erase(command);
  }
  return Result(env, error, -error);
}

}  // namespace namespawn
