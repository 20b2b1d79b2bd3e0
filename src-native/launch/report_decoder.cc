#include "launch/report_decoder.h"

#include <string.h>
#include <sys/wait.h>

namespace namespawn {

using Progress = ExpectedReports::Progress;

static void Append(std::vector<double> *numbers, const nsinit_usage &usage) {
  uint64_t counts[sizeof usage / sizeof(uint64_t)];
  memcpy(counts, &usage, sizeof usage);
  for (const uint64_t count : counts) numbers->push_back(static_cast<double>(count));
}

static void AppendNamespaces(std::vector<double> *numbers, const nsinit_report &report) {
  for (const uint64_t id : report.u.spawned.namespaces) numbers->push_back(static_cast<double>(id));
}

static bool DecodeSpawned(const nsinit_report &report, pid_t sender, ExpectedReports *expected,
                          std::vector<double> *numbers) {
  const auto command = expected->commands.find(report.id);
  if (command == expected->commands.end() || command->second != Progress::kStarting) return false;
  command->second = Progress::kRunning;
  const int32_t pid = report.u.spawned.pid;
  if (pid <= 0) return false;
  const int32_t namespace_pid = report.u.spawned.namespace_pid;
  numbers->push_back(namespace_pid > 0 ? namespace_pid : pid);
  // A supervisor without privilege may name only itself in SCM_CREDENTIALS. It is in Node's PID namespace, as is its command. An init may
  // name any process of its namespace.
  if (sender == expected->nsinit_pid && expected->is_init) return false;
  numbers->push_back(sender == expected->nsinit_pid && !expected->is_init ? pid : sender);
  AppendNamespaces(numbers, report);
  return true;
}

static bool DecodeStopped(const nsinit_report &report, ExpectedReports *expected, std::vector<double> *numbers) {
  const auto command = expected->commands.find(report.id);
  if (command == expected->commands.end() || command->second != Progress::kRunning) return false;
  const int32_t signal = report.u.stopped.signal;
  if (signal <= 0 || signal > 64) return false;
  command->second = Progress::kStopped;
  numbers->push_back(signal);
  return true;
}

static bool DecodeExited(const nsinit_report &report, ExpectedReports *expected, std::vector<double> *numbers) {
  const auto command = expected->commands.find(report.id);
  if (command == expected->commands.end() || command->second == Progress::kStarting) return false;
  const int32_t status = report.u.exited.status;
  if (!WIFEXITED(status) && !WIFSIGNALED(status)) return false;
  expected->commands.erase(command);
  numbers->push_back(WIFEXITED(status) ? WEXITSTATUS(status) : -1);
  numbers->push_back(WIFSIGNALED(status) ? WTERMSIG(status) : 0);
  Append(numbers, report.u.exited.all);
  Append(numbers, report.u.exited.command);
  Append(numbers, report.u.exited.total);
  return true;
}

static bool DecodeFailed(const nsinit_report &report, ExpectedReports *expected, std::vector<double> *numbers) {
  const auto &failed = report.u.failed;
  if (failed.stage > NSINIT_STAGE_INIT || failed.error <= 0 || failed.error >= 4096) return false;
  // 0 stands for the set-up.
  if (report.id == 0) {
    if (expected->failed) return false;
    expected->failed = true;
  } else {
    const auto command = expected->commands.find(report.id);
    if (command == expected->commands.end() || command->second != Progress::kStarting) return false;
    expected->commands.erase(command);
  }
  numbers->insert(numbers->end(), {static_cast<double>(failed.stage), static_cast<double>(failed.operation),
                                   static_cast<double>(failed.error), static_cast<double>(failed.syscall_number)});
  return true;
}

bool DecodeReport(const nsinit_report &report, pid_t sender, ExpectedReports *expected, std::vector<double> *numbers) {
  numbers->assign(1, static_cast<double>(report.id));
  switch (report.type) {
    case NSINIT_REPORT_MAPS_WANTED:
      if (!expected->maps_wanted) return false;
      expected->maps_wanted = false;
      return true;
    case NSINIT_REPORT_NAMESPACES_SENT:
      if (!expected->namespaces_sent) return false;
      expected->namespaces_sent = false;
      return true;
    case NSINIT_REPORT_READY:
      if (!expected->ready) return false;
      expected->ready = false;
      numbers->push_back(sender);
      AppendNamespaces(numbers, report);
      return true;
    case NSINIT_REPORT_LAST_PID:
      if (expected->last_pids == 0) return false;
      expected->last_pids--;
      numbers->push_back(report.u.last_pid.pid);
      numbers->push_back(report.u.last_pid.error);
      return true;
    case NSINIT_REPORT_SPAWNED:
      return DecodeSpawned(report, sender, expected, numbers);
    case NSINIT_REPORT_STOPPED:
      return DecodeStopped(report, expected, numbers);
    case NSINIT_REPORT_EXITED:
      return DecodeExited(report, expected, numbers);
    case NSINIT_REPORT_FAILED:
      return DecodeFailed(report, expected, numbers);
    default:
      return false;
  }
}

}  // namespace namespawn
