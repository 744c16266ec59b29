// Cases of the rules over submits, calls and devices.
#include <fmt/format.h>

#include "tests/replay/preflight/rule_cases.h"

namespace npuscope::testing {

namespace {

using P = PatchedProgram;
using Entry = std::pair<std::uint32_t, std::uint32_t>;

constexpr std::uint64_t object = 0xffffff8100c0de00;

void all_cores(P& p, Entry entry) {
  for (std::size_t i = 0; i < 3; ++i) p.submit().subcore[i] = entry;
}

// The task buffer as a runtime's log shows it.
void with_object(P& p, std::uint32_t flags) {
  p.buffer("task").object_address = object;
  p.buffer("task").flags = flags;
  p.submit().task_obj_addr = object;
}

Event sync_of(std::uint64_t address, std::uint64_t offset, std::uint64_t size) {
  return {"MEM_SYNC",
          {{"flags", "1"},
           {"obj", fmt::format("{:#x}", address)},
           {"offset", std::to_string(offset)},
           {"size", std::to_string(size)}},
          {}};
}

void three_lanes(P& p, std::uint32_t core_mask) {
  p.submit().core_mask = core_mask;
  p.submit().subcore = {};
  p.submit().subcore[2] = Entry{5, 2};
  p.submit().subcore[3] = Entry{7, 2};
  p.submit().subcore[4] = Entry{9, 2};
}

std::vector<ProgramCase> submits() {
  return {
      {"KABI-L04", {}, [](P& p) { with_object(p, 0x403); }, [](P& p) { with_object(p, 0x40b); }},
      {"KABI-L05", {}, [](P& p) { p.submit().flags = 4; }, [](P& p) { p.submit().flags = 1; }},
      {"KABI-L06", {}, [](P& p) { p.submit().flags = 7; }, [](P& p) { p.submit().flags = 5; }},
      {"KABI-L07",
       {},
       [](P& p) { p.submit().core_mask = 5; },
       [](P& p) { p.submit().core_mask = 4; }},
      {"KABI-L07-multi",
       {},
       [](P& p) { three_lanes(p, 7); },
       [](P& p) { p.submit().core_mask = 2; }},
      {"KABI-L08",
       {},
       [](P& p) {
         p.submit().subcore[1] = Entry{0, 0};
       },
       [](P& p) {
         p.submit().subcore[1] = Entry{0, 0};
         p.submit().core_mask = 1;
       }},
      {"KABI-L09",
       {"KABI-L16", "KABI-L18", "SCHED-L9"},
       [](P& p) {
         all_cores(p, {0, 103});
       },
       [](P& p) {
         all_cores(p, {0, 102});
       }},
      {"KABI-L10",
       {"KABI-L16", "KABI-L18", "SCHED-L9"},
       [](P& p) {
         p.buffer("task").size = 4096 * task_bytes;
         all_cores(p, {0, 4096});
       },
       [](P& p) {
         p.buffer("task").size = 4096 * task_bytes;
         all_cores(p, {0, 4095});
       }},
      {"KABI-L22",
       {},
       [](P& p) { p.submit().task_base_addr = 0x1000; },
       [](P& p) { p.submit().task_base_addr = 0; }},
      {"KABI-L23",
       {},
       [](P& p) { p.submit().regcfg_obj_addr = 16; },
       [](P& p) { p.submit().regcfg_obj_addr = 15; }},
      {"KABI-L23-domain",
       {},
       [](P& p) { p.submit().regcfg_obj_addr = 1; },
       [](P& p) { p.submit().regcfg_obj_addr = 0; }},
      {"KABI-L24",
       {},
       [](P& p) { p.submit().timeout = 60001; },
       [](P& p) { p.submit().timeout = 100; }},
      {"KABI-L25",
       {},
       [](P& p) { p.submit().regcfg_obj_addr = std::uint64_t{1} << 32U; },
       [](P& p) { p.submit().regcfg_obj_addr = 0; }},
      {"SCHED-L9",
       {"KABI-L16"},
       [](P& p) {
         all_cores(p, {0, 2});
       },
       [](P& p) {
         all_cores(p, {0, 1});
       }},
      {"SCHED-L9-part",
       {"KABI-L16", "HW-W2-parity"},
       [](P& p) {
         all_cores(p, {0, 1});
       },
       [](P& p) {
         all_cores(p, {0, 2});
       },
       reuse_shape},
      {"KABI-L29",
       {},
       [](P& p) { p = P("b1_c256_h2_w2_oc546_wic256_k1x1_g1"); },
       [](P& p) { p = P("b1_c256_h2_w2_oc545_wic256_k1x1_g1"); },
       "b1_c256_h2_w2_oc545_wic256_k1x1_g1"},
  };
}

std::vector<ProgramCase> calls() {
  return {
      {"KABI-L03",
       {},
       [](P& p) {
         p.buffer("task").object_address = object;
         p.submit().task_obj_addr = object + 40;
       },
       [](P& p) {
         p.buffer("task").object_address = object;
         p.submit().task_obj_addr = object;
       }},
      {"KABI-L04-sync",
       {},
       [](P& p) {
         with_object(p, 0x40b);
         p.buffer("input").object_address = 7;
         p.capture().events = {sync_of(7, 0, 64), {"SUBMIT", {}, {}}, sync_of(object, 0, 440)};
       },
       [](P& p) {
         with_object(p, 0x40b);
         p.capture().events = {sync_of(object, 0, 440), {"SUBMIT", {}, {}}};
       }},
      {"KABI-L26",
       {},
       [](P& p) {
         p.buffer("input").object_address = 7;
         p.capture().events = {sync_of(7, 64, p.buffer("input").size)};
       },
       [](P& p) {
         p.buffer("input").object_address = 7;
         p.capture().events = {sync_of(7, 64, p.buffer("input").size - 64)};
       }},
  };
}

std::vector<ProgramCase> devices() {
  return {
      {"KABI-L01",
       {},
       [](P& p) { p.device.driver_version = 905; },
       [](P& p) { p.device.driver_version = 906; }},
      {"KABI-L02",
       {},
       [](P& p) { p.device.iommu_enabled = false; },
       [](P& p) { p.device.iommu_enabled = true; }},
      {"KABI-L05-fence",
       {},
       [](P& p) {
         p.submit().flags = 0x15;
         p.device.has_fences = false;
       },
       [](P& p) {
         p.submit().flags = 0x15;
         p.device.has_fences = true;
       }},
      {"KABI-L07-cores",
       {},
       [](P& p) {
         p.submit().core_mask = 4;
         p.device.available_cores = 3;
       },
       [](P& p) {
         p.submit().core_mask = 4;
         p.device.available_cores = 7;
       }},
      {"KABI-L23-buffers",
       {},
       [](P& p) {
         p.submit().regcfg_obj_addr = 0;
         p.device.iommu_domain = 1;
       },
       [](P& p) {
         p.submit().regcfg_obj_addr = 0;
         p.device.iommu_domain = 0;
       }},
      {"KABI-L27",
       {},
       [](P& p) {
         p.device.device_locked = true;
         p.device.other_users = 1;
       },
       [](P& p) {
         p.device.device_locked = true;
         p.device.other_users = 0;
       }},
      {"KABI-L28",
       {},
       [](P& p) { p.device.poison_lines = {"RKNPU: invalid irq status: 0x100"}; },
       [](P& p) { p.device.poison_lines.emplace(); }},
      {"KABI-L30",
       {},
       [](P& p) { p.device.outputs_prefilled = false; },
       [](P& p) { p.device.outputs_prefilled = true; }},
  };
}

}  // namespace

std::vector<ProgramCase> submit_cases() {
  std::vector<ProgramCase> all = submits();
  for (const auto& cases : {calls(), devices()}) all.insert(all.end(), cases.begin(), cases.end());
  return all;
}

}  // namespace npuscope::testing
