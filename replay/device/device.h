// A device that runs programs: the simulator, or one of the two kernel drivers.
//
//   Device device = rknpu_device(port, {});                         // replay/device/rknpu_device.h
//   Result<DeviceBuffer> output = device.allocate({"output", BufferRole::output, 65536});
//   device.sync(*output, 0, 65536, SyncDirection::to_device);
//   const JobOutcome outcome = device.submit(job);                  // returns when the job ended
//
// A table of functions, so that a test can put its own in front of one. Nothing here judges:
// what may be submitted is decided before (replay/guard), and a submit is never repeated.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "decoder/capture.h"
#include "regdb/error.h"
#include "replay/preflight/device_facts.h"

namespace npuscope {

struct BufferRequest {
  std::string name;  // "weight"
  BufferRole role = BufferRole::unknown;
  std::uint64_t bytes = 0;
  std::uint32_t address = 0;  // the simulator maps it there; drivers choose for themselves
};

// Memory that the program and the device share. Lives until Device::free().
struct DeviceBuffer {
  std::string name;
  BufferRole role = BufferRole::unknown;
  std::uint64_t bytes = 0;      // as asked for
  std::uint32_t handle = 0;     // of the driver; from 1
  std::uint32_t flags = 0;      // memory flags of `rknpu`
  std::uint32_t address = 0;    // device
  std::uint64_t object = 0;     // `rknpu`: what the kernel calls it; opaque, handed back unchanged
  std::span<std::byte> memory;  // as the CPU sees it, at least `bytes` long
};

enum class SyncDirection : std::uint8_t { to_device = 1, from_device = 2, both = 3 };

// What one core runs: entries of the task table.
struct JobLane {
  unsigned core = 0;
  std::uint32_t first = 0;  // entry of the table
  std::vector<Task> tasks;  // their content; addresses are those of the device
};

struct Job {
  DeviceBuffer table;           // holds the entries
  std::uint32_t core_mask = 0;  // 0: one core of the driver's choice
  std::uint32_t timeout_ms = 6000;
  std::vector<JobLane> lanes;                 // one for each core of the program
  std::vector<DeviceBuffer> inputs, outputs;  // what it reads, and what it writes
};

// What a submit came back with. Whether the values are right is another question.
struct JobOutcome {
  int error = 0;                   // errno; 0: the driver takes the job for done
  std::uint32_t task_counter = 0;  // tasks that completed, as far as the driver tells
  std::int64_t nanoseconds = 0;    // of the hardware, as the driver measured; 0: it does not
  std::string detail{};            // what the simulator has to say
};

struct Device {
  std::string kind;  // "sim", "rknpu", "rocket"
  std::string node;  // "/dev/dri/renderD129"; empty: the simulator
  // What the driver answers about itself. Facts that it cannot know are left empty.
  std::function<Result<preflight::DeviceFacts>()> facts;
  std::function<Result<DeviceBuffer>(const BufferRequest& request)> allocate;
  // Caches of [offset, offset + bytes). No call where the buffer is not cached.
  std::function<Result<void>(const DeviceBuffer& buffer, std::uint64_t offset, std::uint64_t bytes,
                             SyncDirection direction)>
      sync;
  // Runs the job to its end, or until the driver gives up.
  std::function<JobOutcome(const Job& job)> submit;
  std::function<Result<void>()> reset;  // of all cores; empty: the driver has none
  // An ACTION of `rknpu` whose answer nobody needs, as the vendor's runtime makes them between its
  // other calls; empty elsewhere.
  std::function<void(std::uint32_t id, std::uint32_t value)> ask;
  std::function<void(const DeviceBuffer& buffer)> free;
};

}  // namespace npuscope
