// What nsinit may say at a given moment, and what it said. Without Node-API, so that scripts/fuzz/ can feed it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "protocol/protocol.h"

namespace namespawn {

// The reports that a launch has to expect.
struct ExpectedReports {
  // What a command's reports may be, in this order.
  enum class Progress { kStarting, kRunning };

  pid_t nsinit_pid = 0;
  bool is_init = false;
  bool joins = false;
  bool maps_wanted = false, ready = false;
  bool failed = false;  // as a whole, which is told once: nsinit ends with it
  uint32_t last_pids = 0;
  std::unordered_map<uint32_t, Progress> commands;
};

// Checks a report, takes it off what is expected, and gives what JavaScript is told: lib/start/channel/launch-events.ts reads it. Answers
// false where the report makes no sense at this moment.
bool DecodeReport(const nsinit_report &report, pid_t sender, ExpectedReports *expected, std::vector<double> *numbers);

}  // namespace namespawn
