// Starts an nsinit with a plan, and sends further commands to the nsinit of a sandbox.
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
#include "protocol/clone_on_stack.h"

namespace namespawn {

// Clones the child with all signals blocked, because no handler of Node's may run in it.
static long Clone(namespawn_child *child) {
  const SignalMask blocked;
  const RealIds ids((child->clone_flags & CLONE_NEWUSER) != 0);
  return namespawn_clone_child(child);
}

// The indexes of the arguments and the results in an Int32Array. lib/start/channel/nsinit.ts uses the same ones.
enum Request : size_t {
  kPlanSize = 0,
  kDescriptorCount = 1,
  kPid = 0,  // or the negative errno
  kSyscall = 1,
  kNodeStep = 2,
};

// What Node has to know of the frames of a plan.
struct PlanSummary {
  const nsinit_frame *setup = nullptr;  // null in a plan for an existing sandbox
  uint32_t command = 0;                 // 0 if the plan starts none
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

// Returns the types of namespace that Node's clone creates. nsinit unshares the others.
static uint64_t CloneFlags(const nsinit_frame &setup) {
  if ((setup.u.setup.flags & NSINIT_SETUP_JOINS) != 0) return 0;
  const bool is_init = (setup.u.setup.flags & NSINIT_SETUP_IS_INIT) != 0;
  return setup.u.setup.namespaces & (CLONE_NEWUSER | (is_init ? CLONE_NEWPID : 0u));
}

static void Describe(const FailedCall &failed, int step, Napi::Int32Array *request) {
  (*request)[kPid] = failed.error;
  (*request)[kSyscall] = failed.syscall_number;
  (*request)[kNodeStep] = step;
}

// launch(plan, descriptors, request, maps | undefined): returns the id of nsinit, or 0 if it could not be started. The request then
// describes the failure.
Napi::Value LaunchNsinit(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  const auto plan = info[0].As<Napi::Uint8Array>();
  const auto descriptors = info[1].As<Napi::Int32Array>();
  auto request = info[2].As<Napi::Int32Array>();
  const size_t size = static_cast<size_t>(request[kPlanSize]);
  const size_t descriptor_count = static_cast<size_t>(request[kDescriptorCount]);
  const PlanSummary summary = ReadPlan(plan.Data(), size);
  const uint64_t clone_flags = CloneFlags(*summary.setup), setup_flags = summary.setup->u.setup.flags;
  // Everything that JavaScript can make fail comes before the clone.
  std::vector<std::string> maps;
  if (info[3].IsArray() && !ReadStrings(info[3], &maps)) return env.Undefined();

  const auto fail = [&](const FailedCall &failed, int step) {
    Describe(failed, step, &request);
    return Napi::Number::New(env, 0);
  };

  ReserveChannelSlots();
  const bool has_root = (setup_flags & NSINIT_SETUP_HAS_ROOT) != 0;
  int image;
  const auto kind = has_root ? NsinitImageKind::kUnreadable : NsinitImageKind::kReadable;
  if (const FailedCall failed = NsinitImage(kind, &image)) return fail(failed, NSINIT_NODE_IMAGE);

  Channel channel;
  if (const FailedCall failed = TakeChannel(&channel)) return fail(failed, NSINIT_NODE_CHANNEL);
  // The plan waits in the queue of the socket until nsinit exists.
  if (const FailedCall failed =
          SendPlan(channel.ours.get(), plan.Data(), size, descriptors.Data(), descriptor_count, summary.command)) {
    channel.Discard();
    return fail(failed, StepOf(failed));
  }

  char *stack;
  if (const FailedCall failed = TakeStack(&stack)) {
    channel.Discard();
    return fail(failed, NSINIT_NODE_CLONE);
  }
  auto *child = new namespawn_child{};
  child->clone_flags = clone_flags;
  child->channel = channel.theirs;
  child->image = image;
  child->keep_capabilities = (clone_flags & CLONE_NEWUSER) != 0;
  child->stack = stack;
  child->stack_size = CHILD_STACK_SIZE;
  const long pid = WithRoom([&] { return Clone(child); });
  if (pid < 0) {
    channel.Discard();
    GiveStackBack(stack);
    delete child;
    return fail({static_cast<int>(pid), SYS_clone3}, NSINIT_NODE_CLONE);
  }

  auto nsinit = std::make_shared<Nsinit>();
  nsinit->expected_.nsinit_pid = static_cast<pid_t>(pid);
  // If nsinit joins namespaces, Node has launched the parent of the init.
  nsinit->expected_.joins = (setup_flags & NSINIT_SETUP_JOINS) != 0;
  nsinit->expected_.is_init = (setup_flags & NSINIT_SETUP_IS_INIT) != 0 && !nsinit->expected_.joins;
  nsinit->survives_node_ = (setup_flags & NSINIT_SETUP_SURVIVES_NODE) != 0;
  nsinit->has_cgroup_ = (setup_flags & NSINIT_SETUP_OWN_CGROUP) != 0;
  nsinit->expected_.ready = (setup_flags & NSINIT_SETUP_SANDBOX) != 0;
  nsinit->outlives_command_ = (setup_flags & (NSINIT_SETUP_SANDBOX | NSINIT_SETUP_LINGERS)) != 0;
  nsinit->expected_.namespaces_sent = (setup_flags & NSINIT_SETUP_AWAITS_KEEPING) != 0;
  nsinit->environment_ = Environment::Of(env);
  nsinit->channel_ = std::move(channel.ours);
  nsinit->channel_key_ = channel.key;
  nsinit->pidfd_.reset(child->pidfd);
  nsinit->child_ = child;
  if (summary.command != 0) nsinit->Expect(summary.command);
  if (maps.size() == 4) {
    nsinit->maps_ = {maps[0], maps[1], maps[2], maps[3]};
    nsinit->expected_.maps_wanted = true;
  }
  nsinit->Register();
  {
    // The reactor may handle an event of the first descriptor before the second one is watched. It waits for this lock then.
    std::lock_guard<std::mutex> lock(nsinit->mutex_);
    SetWatcher(nsinit->channel_key_, nsinit, Nsinit::kChannel);
    nsinit->pidfd_key_ = WatchPidfd(nsinit->pidfd_.get(), nsinit, Nsinit::kPidfd, !nsinit->expected_.is_init);
  }
  request[kPid] = static_cast<int32_t>(pid);
  return Napi::Number::New(env, static_cast<double>(nsinit->id_));
}

// spawn(id, plan, descriptors, request): starts a further command in a sandbox. Returns 0 or the negative errno.
Napi::Value SpawnInSandbox(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  const auto nsinit = Nsinit::Find(info[0].As<Napi::Number>().Int64Value());
  const auto plan = info[1].As<Napi::Uint8Array>();
  const auto descriptors = info[2].As<Napi::Int32Array>();
  auto request = info[3].As<Napi::Int32Array>();
  if (nsinit == nullptr) {
    Describe({-ESRCH}, NSINIT_NODE_SEND, &request);
    return Result(env, -1, ESRCH);
  }
  const size_t size = static_cast<size_t>(request[kPlanSize]);
  const size_t descriptor_count = static_cast<size_t>(request[kDescriptorCount]);
  const uint32_t command = ReadPlan(plan.Data(), size).command;
  {
    std::lock_guard<std::mutex> lock(nsinit->mutex_);
    nsinit->Expect(command);
  }
  const FailedCall failed = nsinit->Send(plan.Data(), size, descriptors.Data(), descriptor_count, command);
  if (failed) {
    std::lock_guard<std::mutex> lock(nsinit->mutex_);
    nsinit->expected_.commands.erase(command);
  }
  Describe(failed, StepOf(failed), &request);
  return Result(env, failed.error, -failed.error);
}

}  // namespace namespawn
