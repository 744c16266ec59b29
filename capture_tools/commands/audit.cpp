// npuscope audit: is this machine able to run programs on its NPU?
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cstdlib>
#include <ctime>

#include "capture_tools/commands/audit_simulator.h"
#include "capture_tools/commands/audit_writers.h"
#include "capture_tools/commands/verbs.h"
#include "capture_tools/host_option.h"
#include "decoder/input/load_file.h"
#include "decoder/input/scan.h"
#include "replay/audit/machine.h"
#include "replay/audit/overlay.h"
#include "replay/audit/requirements.h"

namespace npuscope::cli {

namespace {

void add_options(po::options_description& options) {
  add_host_option(options);
  options.add_options()  //
      ("require", po::value<std::string>()->default_value("", ""),
       "file of criteria, as `driver.version >= 0.9.6`; one that is not met blocks")  //
      ("accept-unproven-log", po::bool_switch(),
       "do not block when the kernel log cannot prove that the boot is clean")  //
      ("overlay-text", po::bool_switch(),
       "print the device-tree overlay that enables the NPU on mainline, and nothing else")  //
      ("date", po::value<std::string>()->default_value("", ""),
       "date of the report; else SOURCE_DATE_EPOCH, else today")  //
      ("format", po::value<std::string>()->default_value("table"), "table, json, yaml or markdown");
  add_output_options(options);
}

// Year, month, day in UTC.
Result<std::string> date_of(const po::variables_map& options) {
  const auto& given = options["date"].as<std::string>();
  if (!given.empty()) {
    const bool plain = given.find_first_not_of("0123456789-") == std::string::npos;
    if (!plain || given.size() != 10)
      return wrong_usage(fmt::format("--date={} is no date", given), "as 2026-11-21");
    return given;
  }
  std::time_t now = std::time(nullptr);
  if (const char* epoch = std::getenv("SOURCE_DATE_EPOCH"); epoch != nullptr) {
    const auto seconds = whole_number(epoch);
    if (!seconds || *seconds > 253402300799)  // the end of the year 9999
      return wrong_usage(fmt::format("SOURCE_DATE_EPOCH={} is no time", epoch),
                         "seconds since 1970");
    now = static_cast<std::time_t>(*seconds);
  }
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(now));
}

Result<std::vector<audit::Requirement>> requirements_of(const po::variables_map& options) {
  const auto& path = options["require"].as<std::string>();
  if (path.empty()) return std::vector<audit::Requirement>{};
  const auto file = load_plain_file(path, std::uint64_t{1} << 20U);
  if (!file) return tl::unexpected(file.error());
  return audit::parse_requirements(file->text(), path);
}

using Writer = void (*)(const audit::Audit&, const AuditHeading&, Sink&);

Writer writer_of(const std::string& format) {
  if (format == "json") return write_audit_json;
  if (format == "yaml") return write_audit_yaml;
  return format == "markdown" ? write_audit_markdown : write_audit_table;
}

Result<int> run(const po::variables_map& options) {
  const auto format = format_of(options, {"table", "json", "yaml", "markdown"});
  if (!format) return tl::unexpected(format.error());
  if (!inputs_of(options).empty())
    return wrong_usage("audit takes no INPUT", "--root=DIR looks at a copied system");
  const auto date = date_of(options);
  if (!date) return tl::unexpected(date.error());
  const auto host = host_of(options);
  if (!host) return tl::unexpected(host.error());
  const auto requirements = requirements_of(options);
  if (!requirements) return tl::unexpected(requirements.error());
  auto output = Output::from(options);
  if (!output) return tl::unexpected(output.error());

  int code = ExitCode::done;
  if (options["overlay-text"].as<bool>()) {
    output->sink().put(audit::overlay_text());
  } else {
    audit::Audit result =
        audit::audit(audit::look_at(*host), {options["accept-unproven-log"].as<bool>()});
    if (host->live()) add_simulator_facts(result);
    audit::add_requirements(*requirements, result);
    writer_of (*format)(result, {host->root, *date}, output->sink());
    code = exit_code(result.verdict());
  }
  if (const auto written = output->finish(); !written) return tl::unexpected(written.error());
  return code;
}

}  // namespace

const Verb audit_verb{
    "audit",
    "is this machine able to run programs on its NPU",
    "",
    "Lists what decides whether a program can run on hardware: kernel, board, device nodes, "
    "modules, "
    "device tree, IOMMU,\n"
    "memory, power, the kernel log, who else uses the NPU, and where the log of a crash would go. "
    "Every fact has its\n"
    "source; one that could not be read says why and never counts as good. Nothing is changed.\n"
    "Exit code 0: ready for hardware, 10: simulator only, 20: an NPU is present but blocked, 30: "
    "this boot is poisoned;\n"
    "2 and 3 as everywhere.",
    "npuscope audit\n"
    "sudo npuscope audit --format=markdown -o audit.md\n"
    "npuscope audit --root=board-copy\n"
    "npuscope audit --require=lab.require\n"
    "npuscope audit --overlay-text -o rk3588-npu.dtso",
    add_options,
    run};

}  // namespace npuscope::cli
