// Node's decoder of reports under libFuzzer. The input is which reports are expected, followed by records that a hostile namespace might
// send: a kind, the PID of the sender, and the bytes of a report.
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "../../src-native/launch/report_decoder.h"

using namespawn::DecodeReport;
using namespawn::ExpectedReports;

static void Require(bool condition) {
  if (!condition) abort();
}

// The number of numbers that lib/start/channel/launch-events.ts reads of each type.
static size_t LengthOf(uint32_t type) {
  switch (type) {
    case NSINIT_REPORT_MAPS_WANTED:
    case NSINIT_REPORT_NAMESPACES_SENT:
      return 1;
    case NSINIT_REPORT_READY:
      return 2 + NSINIT_NAMESPACE_COUNT;
    case NSINIT_REPORT_SPAWNED:
      return 3 + NSINIT_NAMESPACE_COUNT;
    case NSINIT_REPORT_EXITED:
      return 3 + 3 * sizeof(nsinit_usage) / sizeof(uint64_t);
    case NSINIT_REPORT_FAILED:
      return 5;
    case NSINIT_REPORT_LAST_PID:
      return 3;
    case NSINIT_REPORT_STOPPED:
      return 2;
    default:
      abort();
  }
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  ExpectedReports expected;
  expected.nsinit_pid = 7;
  expected.is_init = data[0] & 1;
  expected.maps_wanted = expected.namespaces_sent = data[0] & 2;
  expected.ready = data[0] & 4;
  expected.last_pids = data[0] >> 3 & 3;
  for (uint32_t id = 1; id <= static_cast<uint32_t>(data[0] >> 5); id++)
    expected.commands[id] = ExpectedReports::Progress::kStarting;
  // The maximum number of reports is known beforehand, so a command cannot flood Node with them.
  size_t left = expected.maps_wanted + expected.namespaces_sent + expected.ready + expected.last_pids +
                3 * expected.commands.size() + 1;
  data++;
  size--;
  std::vector<double> numbers;
  // A record has only the bytes that most reports use, so that the fuzzer makes faster progress.
  constexpr size_t kRecord = 2 + 24;
  for (; size >= kRecord; data += kRecord, size -= kRecord) {
    nsinit_report report;
    memset(&report, data[1], sizeof report);
    memcpy(&report, data + 2, kRecord - 2);
    const bool was_known = expected.commands.count(report.id) > 0;
    const bool was_running = was_known && expected.commands[report.id] != ExpectedReports::Progress::kStarting;
    const size_t before = expected.commands.size();
    if (!DecodeReport(report, data[0], &expected, &numbers)) return 0;  // the launch is over
    Require(left-- > 0);
    Require(numbers.size() == LengthOf(report.type));
    Require(numbers[0] == report.id);
    for (const double number : numbers) Require(std::isfinite(number));
    // A report may name only a command that was started and has not ended.
    if (report.type == NSINIT_REPORT_SPAWNED) Require(was_known && !was_running && numbers[1] > 0);
    if (report.type == NSINIT_REPORT_EXITED) {
      Require(was_running && expected.commands.size() == before - 1);
      Require(numbers[1] >= -1 && numbers[1] <= 255 && numbers[2] >= 0 && numbers[2] <= 127);
      Require((numbers[1] < 0) != (numbers[2] == 0));
    }
    if (report.type == NSINIT_REPORT_STOPPED) Require(was_running && numbers[1] >= 1 && numbers[1] <= 64);
    if (report.type == NSINIT_REPORT_FAILED) Require(report.id == 0 || (was_known && !was_running));
  }
  return 0;
}
