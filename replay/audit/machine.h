// All that several facts of the audit need of a machine, looked at once.
//
//   const Machine machine = look_at(host::Host{.root = "/tmp/board"});
//   const Audit result = audit(machine, {});
//
// Below a root nothing is asked but files; the collector of docs/board-setup.md copies them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "replay/audit/device_tree.h"
#include "replay/audit/fact.h"
#include "replay/audit/kernel_config.h"
#include "replay/host/boot_state.h"
#include "replay/host/device_answers.h"
#include "replay/host/device_users.h"
#include "replay/host/npu_nodes.h"

namespace npuscope::audit {

// A value with the file or call that gave it; empty when nothing did.
struct Told {
  std::string value;
  std::string source;
};

struct Machine {
  host::Host host;
  Told architecture, release;
  Told page_size;                  // bytes, decimal
  std::vector<std::string> chips;  // compatible of the board, the most special first
  KernelConfig config;
  std::vector<TreeNode> tree;
  std::vector<host::DeviceNode> nodes;
  std::map<std::string, std::vector<std::string>> bound;  // platform driver -> its NPU devices
  std::vector<std::string> modules;  // of rknpu and rocket, those that are loaded or built in
  host::BootState boot;
  host::DeviceUsers users;
  std::optional<host::DeviceAnswers> answers;  // of a node that can be opened

  [[nodiscard]] bool has_chip(std::string_view compatible) const;
  // Which family of kernel this is, by its device tree, else by what is bound or loaded.
  [[nodiscard]] bool is_vendor() const;
  [[nodiscard]] bool is_mainline() const;
  [[nodiscard]] bool npu_present() const;
};

[[nodiscard]] Machine look_at(const host::Host& host);

struct AuditOptions {
  bool accept_unproven_log = false;  // the person says that the boot is clean
};

[[nodiscard]] Audit audit(const Machine& machine, const AuditOptions& options);

// --- groups of facts, in the order in which they are shown; each in a file of that name ---
void add_system_facts(const Machine& machine, Audit& audit);  // kernel, board, memory
void add_driver_facts(const Machine& machine, Audit& audit);  // nodes, modules, tree, versions
void add_state_facts(const Machine& machine, const AuditOptions& options,
                     Audit& audit);  // power, log, users, programs

}  // namespace npuscope::audit
