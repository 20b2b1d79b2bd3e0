// Checks and decodes the reports of nsinit. It does not use Node-API, so that scripts/fuzz/ can test it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "protocol/protocol.h"

namespace namespawn {

// The reports that nsinit may send at this moment.
struct ExpectedReports {
  // The state of a command. It determines which report comes next.
  enum class Progress { kStarting, kRunning, kStopped };

  pid_t nsinit_pid = 0;
  bool is_init = false;
  bool joins = false;
  bool maps_wanted = false, namespaces_sent = false, ready = false;
  bool failed = false;  // nsinit has reported that it ends, which it does once
  uint32_t last_pids = 0;
  std::unordered_map<uint32_t, Progress> commands;
};

// Checks a report and removes it from those that are expected. Writes the numbers of the event, which lib/start/channel/launch-events.ts
// reads. Returns false if nsinit may not send this report now.
bool DecodeReport(const nsinit_report &report, pid_t sender, ExpectedReports *expected, std::vector<double> *numbers);

}  // namespace namespawn
