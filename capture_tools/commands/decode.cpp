#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include "capture_tools/commands/verbs.h"
#include "decoder/emit/word_stream.h"
#include "decoder/input/read_input.h"
#include "decoder/model.h"
#include "decoder/program/model_link.h"

namespace npuscope::cli {

namespace {

void add_options(po::options_description& options) {
  options.add_options()                                                                       //
      ("format", po::value<std::string>()->default_value("emit"), "emit, table, jsonl or c")  //
      ("cores", po::value<std::string>()->default_value("all"),
       "the program for 1, 2 or 3 cores, or all")  //
      ("state", po::bool_switch(),
       "also the effective registers of each task: written, inherited, unknown")  //
      ("model", po::value<std::string>()->default_value("", ""),
       "the .rknn that INPUT is a run of: names, shapes and layers of it")  //
      ("words", po::bool_switch(),
       "INPUT is command words and nothing else: decode each, in constant memory")  //
      ("base", po::value<std::string>()->default_value("0", "0"),
       "with --words: address of the first word");
  add_database_options(options);
  add_output_options(options);
}

OutputFormat output_format(std::string_view name) {
  if (name == "jsonl") return OutputFormat::jsonl;
  if (name == "table") return OutputFormat::table;
  return name == "c" ? OutputFormat::c : OutputFormat::emit;
}

Result<Selection> selection_of(const po::variables_map& options) {
  const auto& cores = options["cores"].as<std::string>();
  Selection selection{0, options["state"].as<bool>()};
  if (cores == "all") return selection;
  if (cores != "1" && cores != "2" && cores != "3")
    return wrong_usage(fmt::format("--cores={} is not 1, 2, 3 or all", cores));
  selection.cores = static_cast<unsigned>(cores[0] - '0');
  return selection;
}

Result<void> decode_words(const std::string& path, WordStream& stream) {
  std::FILE* file = path == "-" ? stdin : std::fopen(path.c_str(), "rb");
  if (file == nullptr) return unreadable(std::strerror(errno), path, "is the path right?");
  std::vector<std::byte> block(Sink::block_bytes);
  std::size_t count = 0;
  while ((count = std::fread(block.data(), 1, block.size(), file)) > 0)
    stream.feed(std::span(block).first(count));
  const bool failed = std::ferror(file) != 0;
  if (file != stdin) std::fclose(file);
  if (failed) return unreadable("reading failed", path, "is it a file?");
  if (const std::size_t rest = stream.finish()) {
    return unreadable(fmt::format("{} bytes behind the last whole word", rest), path,
                      "command words are 8 bytes each; was the file cut?");
  }
  return {};
}

Result<int> run_words(const po::variables_map& options, OutputFormat format, const RegisterDb& db,
                      Output& output) {
  const auto inputs = inputs_of(options);
  if (inputs.size() != 1) return wrong_usage("--words takes one INPUT");
  if (format != OutputFormat::emit && format != OutputFormat::jsonl)
    return wrong_usage("--words writes emit or jsonl");
  const auto base = number_of(options, "base", 0);
  if (!base) return tl::unexpected(base.error());
  WordStream stream(format, db, *base, output.sink());
  if (auto read = decode_words(inputs.front(), stream); !read) return tl::unexpected(read.error());
  if (auto written = output.finish(); !written) return tl::unexpected(written.error());
  return ExitCode::done;
}

Result<void> link_models(const po::variables_map& options, std::vector<Opened>& inputs) {
  const auto& path = options["model"].as<std::string>();
  if (path.empty()) return {};
  const auto models = read_input(path);
  if (!models) return tl::unexpected(models.error());
  if (models->size() != 1 || !models->front().model)
    return wrong_usage(fmt::format("--model={}: this is no model file", path), "give the .rknn");
  for (Opened& input : inputs)
    if (auto linked = link_with_model(input, models->front()); !linked) return linked;
  return {};
}

Result<int> run(const po::variables_map& options) {
  const auto name = format_of(options, {"emit", "table", "jsonl", "c"});
  if (!name) return tl::unexpected(name.error());
  const auto selection = selection_of(options);
  if (!selection) return tl::unexpected(selection.error());
  const auto database = Database::from(options);
  if (!database) return tl::unexpected(database.error());
  if (options["words"].as<bool>()) {
    auto output = Output::from(options);
    if (!output) return tl::unexpected(output.error());
    return run_words(options, output_format(*name), database->get(), *output);
  }

  auto inputs = open_inputs(options, database->get());
  if (!inputs) return tl::unexpected(inputs.error());
  if (auto linked = link_models(options, *inputs); !linked) return tl::unexpected(linked.error());
  for (const Opened& input : *inputs) {
    if (input.capture.model && input.sets.empty() && !input.capture.model->is_rk3588()) {
      return unreadable(fmt::format("a model for the {}: its registers are laid out differently",
                                    input.capture.model->platform),
                        input.capture.source, "only rk3588 is decoded; `npuscope info` opens it");
    }
  }
  auto output = Output::from(options);
  if (!output) return tl::unexpected(output.error());
  write_decode(output_format(*name), *inputs, database->get(), *selection, output->sink());
  if (auto written = output->finish(); !written) return tl::unexpected(written.error());
  for (const Opened& input : *inputs) {
    if (input.sets.empty()) {
      fmt::print(stderr,
                 "note: {}: {}: no register program in it (`npuscope info` shows what it holds)\n",
                 input.capture.source, input.capture.kind);
    }
  }
  return ExitCode::done;
}

}  // namespace

const Verb decode_verb{
    "decode",
    "command words as EMIT text, a table, JSON lines or C",
    "INPUT...",
    "Shows every register write of every record, cut by the task table: program by program (1, 2, "
    "3 cores), lane by\n"
    "lane. A record that several tasks share is shown once. EMIT text is lossless: `npuscope asm` "
    "makes the same bytes\n"
    "of it. Words that were not captured are named, unknown registers and bits are printed.",
    "npuscope decode capture.log\n"
    "npuscope decode --cores=1 --format=table model.rknn\n"
    "npuscope decode --format=jsonl gem-dumps/ | jq 'select(.register == \"CNA_CBUF_CON0\")'\n"
    "npuscope decode --state --cores=2 model.rknn\n"
    "npuscope decode --words stream.bin -o stream.emit",
    add_options,
    run};

}  // namespace npuscope::cli
