#include <fmt/format.h>

#include <optional>
#include <set>

#include "capture_tools/commands/query_request.h"
#include "capture_tools/commands/query_writers.h"
#include "capture_tools/commands/verbs.h"
#include "decoder/model.h"
#include "decoder/query/scope.h"

namespace npuscope::cli {

namespace {

using query::Evaluator;
using query::LaneRecord;
using query::Reference;
using query::TaskPlace;

void add_options(po::options_description& options) {
  const auto text = [] { return po::value<std::string>()->default_value("", ""); };
  options.add_options()  //
      ("where", text(), "the expression; every argument is then an INPUT")(
          "written", po::bool_switch(), "only registers that the record writes itself")(
          "changed", po::bool_switch(),
          "only values that differ from the previous task of the block in this lane")(
          "select", text(), "further columns: registers, fields, blocks, properties, with commas")(
          "who-wrote", text(), "for each record that consumes this register: the word that set it")(
          "dead", po::bool_switch(), "words that are written and never consumed")(
          "repeated", po::bool_switch(), "with --dead: also words that the same record repeats")(
          "count", po::bool_switch(), "only how many")(
          "list", po::bool_switch(), "the properties that an expression can name")(
          "format", po::value<std::string>()->default_value("text"), "text or json");
  add_database_options(options);
  add_output_options(options);
}

template <typename Writer>
class Query {
 public:
  Query(const QueryRequest& request, const RegisterDb& db, Writer& writer)
      : request_(request), db_(db), writer_(writer) {
    if (request.expression) evaluator_.emplace(*request.expression, request.scope);
  }

  QueryTally run(const Opened& input) {
    tally_ = {};
    chosen_.clear();
    query::for_each_record(input, [this](const LaneRecord& record) { this->record(record); });
    if (request_.dead) dead(input);
    if (request_.count) writer_.count(input.capture.source, tally_);
    writer_.end_of_input(input.capture.source, tally_);
    return tally_;
  }

 private:
  void record(const LaneRecord& record) {
    ++tally_.records;
    if (evaluator_) {
      const query::Value answer = (*evaluator_)(record);
      if (answer.standing == query::Standing::unknown) ++tally_.undecided;
      if (answer.standing == query::Standing::inapplicable) ++tally_.inapplicable;
      if (!answer.is_true()) return;
    }
    if (request_.dead) {
      chosen_.insert(key_of(record.place));
    } else if (request_.who_wrote) {
      who_wrote(record);
    } else {
      match(record);
    }
  }

  void match(const LaneRecord& record) {
    std::vector<Reference> in_scope;
    if (request_.every_register) {
      in_scope = query::registers_in_scope(record, db_, request_.scope);
      if (!record.complete) ++tally_.undecided;  // a missing word may be in the scope as well
    }
    std::vector<QueryColumn> columns;
    bool any_register = !request_.scope.written && !request_.scope.changed;
    const auto add = [&](const Reference& reference) {
      const query::Value value = query::value_of(record, reference, request_.scope);
      if (value.standing == query::Standing::inapplicable) return;
      any_register = any_register || (reference.is_register() && value.known());
      columns.push_back({&reference, value, {}});
      if (reference.is_register())
        columns.back().origin = query::origin_of(record, reference.block, reference.offset);
    };
    for (const Reference& reference : request_.columns) add(reference);
    for (const Reference& reference : in_scope) add(reference);
    if (!any_register) return;
    ++tally_.matched;
    if (!request_.count) writer_.match(record, columns);
  }

  void who_wrote(const LaneRecord& record) {
    const Reference& reference = *request_.who_wrote;
    const query::Origin origin = query::origin_of(record, reference.block, reference.offset);
    if (origin.kind == query::OriginKind::not_running) return;
    ++tally_.matched;
    if (!request_.count) writer_.origin(record, reference, origin);
  }

  void dead(const Opened& input) {
    query::for_each_lane(input, [this](TaskPlace place) {
      for (const query::DeadWord& word : query::dead_words(place.set, place.lane())) {
        place.task = word.task;
        if (evaluator_ && !chosen_.contains(key_of(place))) continue;
        const bool repeated = word.kind == query::DeadKind::repeated;
        if (repeated) ++tally_.repeated;
        if (repeated && !request_.repeated) continue;
        ++tally_.matched;
        if (!request_.count) writer_.dead(place, word);
      }
    });
  }

  using Key = std::pair<std::size_t, std::size_t>;  // set, task: a task belongs to one lane
  static Key key_of(const TaskPlace& place) { return {place.set_number, place.task}; }

  const QueryRequest& request_;
  const RegisterDb& db_;
  Writer& writer_;
  std::optional<Evaluator> evaluator_;
  QueryTally tally_;
  std::set<Key> chosen_;
};

template <typename Writer>
QueryTally answer(const QueryRequest& request, const RegisterDb& db,
                  const std::vector<Opened>& inputs, Writer& writer) {
  QueryTally all;
  writer.begin();
  Query<Writer> query(request, db, writer);
  for (const Opened& input : inputs) {
    const QueryTally one = query.run(input);
    all.records += one.records;
    all.matched += one.matched;
    all.undecided += one.undecided;
    all.repeated += one.repeated;
  }
  return all;
}

// Models for other chips have programs that are not read: no answer would be true.
Result<void> refuse_other_chips(const std::vector<Opened>& inputs) {
  for (const Opened& input : inputs) {
    if (!input.capture.model || !input.sets.empty() || input.capture.model->is_rk3588()) continue;
    return unreadable(fmt::format("a model for the {}: its registers are laid out differently",
                                  input.capture.model->platform),
                      input.capture.source, "only rk3588 is decoded; `npuscope info` opens it");
  }
  return {};
}

void say_what_was_left_out(const QueryRequest& request, const std::vector<Opened>& inputs,
                           const QueryTally& tally) {
  for (const Opened& input : inputs) {
    if (input.sets.empty())
      fmt::print(stderr, "note: {}: {}: no register program in it\n", input.capture.source,
                 input.capture.kind);
  }
  if (tally.undecided > 0)
    fmt::print(stderr,
               "note: {} of {} records are undecided: they depend on values that were not captured "
               "or never written\n",
               tally.undecided, tally.records);
  if (tally.repeated > 0 && !request.repeated)
    fmt::print(stderr,
               "note: {} more words are set again by the same record to the same value, as vendor "
               "records do (--repeated lists them)\n",
               tally.repeated);
}

Result<int> list_properties(const po::variables_map& options) {
  auto output = Output::from(options);
  if (!output) return tl::unexpected(output.error());
  for (const query::Property& property : query::properties())
    output->sink().put(fmt::format("{:<20}  {}\n", property.name, property.meaning));
  if (auto written = output->finish(); !written) return tl::unexpected(written.error());
  return ExitCode::done;
}

Result<int> run(const po::variables_map& options) {
  if (options["list"].as<bool>()) return list_properties(options);
  const auto format = format_of(options, {"text", "json"});
  if (!format) return tl::unexpected(format.error());
  const auto database = Database::from(options);
  if (!database) return tl::unexpected(database.error());
  const RegisterDb& db = database->get();
  const auto request = query_request_of(options, db);
  if (!request) return tl::unexpected(request.error());
  const auto inputs = open_inputs(request->inputs, db);
  if (!inputs) return tl::unexpected(inputs.error());
  if (auto same_chip = refuse_other_chips(*inputs); !same_chip)
    return tl::unexpected(same_chip.error());
  auto output = Output::from(options);
  if (!output) return tl::unexpected(output.error());
  QueryTally tally;
  if (*format == "json") {
    QueryJson writer(db, output->sink());
    tally = answer(*request, db, *inputs, writer);
  } else {
    QueryText writer(db, output->sink(), inputs->size() > 1);
    tally = answer(*request, db, *inputs, writer);
  }
  if (auto written = output->finish(); !written) return tl::unexpected(written.error());
  say_what_was_left_out(*request, *inputs, tally);
  return tally.matched > 0 ? ExitCode::done : ExitCode::different;
}

}  // namespace

const Verb query_verb{
    "query",
    "records by an expression over registers, tasks and places",
    "EXPRESSION INPUT...",
    "Prints each record for which EXPRESSION is true, with the values that it names. Registers "
    "mean what the record\n"
    "runs with: written by itself, or inherited from two tasks back of the same block.\n"
    "\n"
    "  cna.cbuf_con0  CBUF_CON0  @0x1040   a register, in any spelling that is unique\n"
    "  cna.cbuf_con0.data_bank             a field: its bits\n"
    "  dpu.data_cube_width.width.value     a field in its unit (the register may hold it minus "
    "one)\n"
    "  task.amount  task.enable_mask  cores  core  lane  op  node  record.offset ...  properties\n"
    "  == != < <= > >=  x in 3..7  &  + - * / %  and or not ( )  4  0x1b  fp16  \"Conv\"\n"
    "  written(R) changed(R) inherited(R) known(R)  runs(BLOCK)\n"
    "\n"
    "A value that was not captured or never written is unknown, and what depends on it is neither "
    "true nor false; such\n"
    "records are counted on stderr. A register of a block that the record does not start has no "
    "value.\n"
    "\n"
    "--dead shows words that are overwritten before a launch of their block consumes them (in the "
    "bank that they set),\n"
    "that are not consumed until the end of the lane, or that reach no register. Vendor records "
    "set four registers\n"
    "twice to the same value; these are counted apart.\n"
    "\n"
    "Exit status: 0 if something matched, 1 if not, 2 wrong usage, 3 unreadable input.",
    "npuscope query 'cna.cbuf_con0.data_bank > 4' model.rknn\n"
    "npuscope query 'cores == 2 and task.amount == 26' --count model.rknn\n"
    "npuscope query 'cna.conv_con1.in_precision == fp16 and op == \"ConvRelu\"' *.rknn\n"
    "npuscope query --changed 'cores == 1 and task in 1..3' capture.log\n"
    "npuscope query --who-wrote cna.data_size0 --where 'cores == 1' "
    "gen:b1_c64_h56_w56_oc128_wic64_k1x1_g1\n"
    "npuscope query --dead client-dump/",
    add_options,
    run};

}  // namespace npuscope::cli
