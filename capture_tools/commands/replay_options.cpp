// The options of `replay` and `sweep` for devices.
#include <fmt/format.h>

#include <cstdlib>

#include "capture_tools/commands/replay_device.h"
#include "capture_tools/fake_npu/protocol.h"

namespace npuscope::cli {

void add_device_options(po::options_description& options) {
  const auto text = [] { return po::value<std::string>()->default_value("", ""); };
  options.add_options()  //
      ("unsafe", po::value<std::vector<std::string>>()->composing(),
       "a rule that the run may break; its consequence is printed")  //
      ("unsafe-i-can-power-cycle", po::bool_switch(),
       "run what took a board down before (rule KABI-L29)")                       //
      ("core-mask", text(), "the core: 1, 2 or 4; otherwise the driver chooses")  //
      ("timeout", po::value<std::string>()->default_value("6000"),
       "milliseconds until the driver gives up")  //
      ("sequence", po::value<std::string>()->default_value("minimal"),
       "calls around the submit: minimal, or vendor: those of the vendor's runtime")  //
      ("contiguous", po::bool_switch(),
       "memory without caches, as small clients allocate it (flags 0x8 and 0x0)")           //
      ("journal", text(), "the journal, instead of npuscope/runs.jsonl in XDG_STATE_HOME")  //
      ("lock", po::value<std::string>()->default_value(guard::default_lock_file),
       "the file that is locked during a run")  //
      ("log", text(), "write the calls to this file, as a trace that verify reads");
}

void add_dry_run_options(po::options_description& options) {
  options.add_options()  //
      ("dry-run", po::bool_switch(), "show what would be submitted, call by call; needs no device");
}

Result<DeviceRequest> device_request_of(const po::variables_map& options) {
  DeviceRequest request;
  request.driver = options["on"].as<std::string>();
  request.dry_run = options.count("dry-run") > 0 && options["dry-run"].as<bool>();
  const auto format = format_of(options, {"text", "json"});
  if (!format) return tl::unexpected(format.error());
  request.json = *format == "json";
  request.contiguous = options["contiguous"].as<bool>();
  request.log_file = options["log"].as<std::string>();
  guard::SessionOptions& session = request.session;
  if (options.count("unsafe") > 0) {
    const auto rules = preflight::rules_named(options["unsafe"].as<std::vector<std::string>>());
    if (!rules) return tl::unexpected(rules.error());
    session.permissions.rules = *rules;
  }
  session.permissions.power_cycle = options["unsafe-i-can-power-cycle"].as<bool>();
  const auto& sequence = options["sequence"].as<std::string>();
  if (sequence != "minimal" && sequence != "vendor")
    return wrong_usage(fmt::format("--sequence={} is not minimal or vendor", sequence));
  session.load.vendor_sequence = sequence == "vendor";
  if (session.load.vendor_sequence && (request.driver != "rknpu" || request.contiguous))
    return wrong_usage("--sequence=vendor is for --on=rknpu without --contiguous");
  const auto timeout = number_of(options, "timeout", session.load.timeout_ms);
  if (!timeout) return tl::unexpected(timeout.error());
  if (*timeout > UINT32_MAX) return wrong_usage("--timeout is too large", "100 to 60000 ms");
  session.load.timeout_ms = static_cast<std::uint32_t>(*timeout);
  if (!options["core-mask"].as<std::string>().empty()) {
    const auto mask = number_of(options, "core-mask", 0);
    if (!mask) return tl::unexpected(mask.error());
    if (*mask > 7) return wrong_usage(fmt::format("--core-mask={}", *mask), "0 to 7");
    session.load.core_mask = static_cast<std::uint32_t>(*mask);
  }
  session.fake = std::getenv(fake::directory_variable) != nullptr;
  request.surroundings.journal_file = options["journal"].as<std::string>();
  request.surroundings.lock_file = options["lock"].as<std::string>();
  return request;
}

}  // namespace npuscope::cli
