#include "replay/run/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "decoder/bundle/blob_name.h"
#include "decoder/open.h"
#include "replay/preflight/lint.h"
#include "replay/run/conv_image.h"
#include "replay/schedule/plan.h"
#include "replay/shape/shape_names.h"
#include "replay/tensor/float16.h"

namespace npuscope {

namespace {

SweepRow failed(SweepRow row, SweepStatus status, std::string reason) {
  row.status = status;
  row.reason = std::move(reason);
  return row;
}

// The first rule that says that a board would fail; empty: none does.
std::string broken_rule(const GeneratedProgram& program) {
  const Opened opened = open_capture(capture_of(program), RegisterDb::builtin());
  const preflight::LintReport report = preflight::lint(opened, {});
  for (const preflight::Finding& finding : report.findings)
    if (finding.severity == preflight::Severity::error)
      return fmt::format("{}: {}: {}, expected {}", finding.rule->id,
                         preflight::text_of(finding.where), finding.found, finding.expected);
  return {};
}

// One run: how it ended, and the output buffer if it passed so far.
struct Ran {
  SweepStatus status = SweepStatus::pass;
  std::string reason;
  std::vector<std::byte> output;
  std::size_t tasks = 0;
  std::uint64_t macs = 0;
};

Ran run_on(const GeneratedProgram& program, const ConvTensors& tensors, unsigned cores,
           const sim::SimulatorOptions& options) {
  Ran ran;
  const auto stop = [&ran](SweepStatus status, std::string reason) {
    ran.status = status;
    ran.reason = std::move(reason);
    return ran;
  };
  const auto image = conv_image(program, tensors, cores);
  if (!image) return stop(SweepStatus::refused, image.error().text());
  sim::Simulator simulator(options);
  if (auto loaded = load(*image, simulator.memory()); !loaded)
    return stop(SweepStatus::not_run, loaded.error().text());
  const sim::RunResult result = simulator.run_table(image->lanes);
  ran.tasks = result.tasks;
  ran.macs = result.macs;
  for (const sim::Event& event : result.events)
    if (event.kind == sim::EventKind::violation)
      return stop(SweepStatus::rule_broken, fmt::format("{}: {}", event.rule, event.text));
  if (result.status != sim::RunStatus::done) return stop(SweepStatus::not_run, result.reason);
  ran.output.resize(conv_output_bytes(program));
  if (auto read = simulator.memory().read(static_cast<std::uint32_t>(program.layout.output.address),
                                          ran.output);
      !read)
    return stop(SweepStatus::not_run, read.error().text());
  return ran;
}

bool within(const SweepOptions& options, const ConvReference& reference,
            std::span<const std::uint16_t> output) {
  for (std::size_t i = 0; i < output.size(); ++i) {
    const auto wanted = static_cast<double>(reference.sum[i]);
    const auto got = static_cast<double>(f32_from_f16(output[i]));
    if (!(std::fabs(got - wanted) <= options.absolute + options.relative * std::fabs(wanted)))
      return false;
  }
  return true;
}

}  // namespace

std::string_view name_of(SweepStatus status) {
  constexpr std::string_view names[] = {"pass",        "wrong-values", "cores-differ",
                                        "rule-broken", "not-run",      "refused"};
  return names[static_cast<std::size_t>(status)];
}

SweepRow sweep_shape(const ConvShape& shape, const SweepOptions& options) {
  const auto program = generate_program(shape, {});
  if (program) return sweep_program(*program, options);
  SweepRow row;
  row.key = key_of(shape);
  return failed(row, SweepStatus::refused, program.error().text());
}

SweepRow sweep_program(const GeneratedProgram& program, const SweepOptions& options) {
  const ConvShape& shape = program.plan.shape;
  SweepRow row;
  row.key = key_of(shape);
  row.basis = name_of(program.plan.basis);
  row.program_hash = blob_name(program.stream.link(program.layout.bases()));
  if (std::string rule = broken_rule(program); !rule.empty())
    return failed(row, SweepStatus::rule_broken, std::move(rule));
  if (shape.element != Element::f16)
    return failed(row, SweepStatus::refused, "the sweep makes tensors of f16 only");
  if (const auto fits = check_size(shape); !fits)
    return failed(row, SweepStatus::refused, fits.error().text());

  const ConvTensors tensors = draw_tensors(shape, options.seed);
  std::vector<std::byte> first;
  for (unsigned cores = 1; cores <= 3; ++cores) {
    Ran ran = run_on(program, tensors, cores, options.simulator);
    row.tasks[cores - 1] = ran.tasks;
    if (ran.status != SweepStatus::pass)
      return failed(row, ran.status, fmt::format("{} cores: {}", cores, ran.reason));
    if (cores == 1) {
      row.macs = ran.macs;
      first = std::move(ran.output);
    } else if (ran.output != first) {
      return failed(row, SweepStatus::cores_differ,
                    fmt::format("the program for {} cores gives other bytes", cores));
    }
  }
  const auto output = conv_output(program, first);
  if (!output) return failed(row, SweepStatus::not_run, output.error().text());
  const ConvReference reference = reference_of(shape, tensors);
  row.values = output->size();
  row.deviation = compare(reference, *output);
  row.within_tolerance = within(options, reference, *output);
  if (!(row.deviation.excess <= 0) || !row.within_tolerance)
    return failed(row, SweepStatus::wrong_values,
                  fmt::format("max_diff {:.4f}{}", row.deviation.largest,
                              row.within_tolerance ? "" : ", beyond the clients' tolerance"));
  return row;
}

}  // namespace npuscope
