#include "decoder/query/property.h"

#include <algorithm>
#include <array>
#include <limits>

#include "decoder/model.h"

namespace npuscope::query {

namespace {

// Addresses of a hostile table may not fit; then they are unknown, not wrapped.
Value from_unsigned(std::uint64_t number) {
  if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    return Value::missing();
  return Value::of(static_cast<std::int64_t>(number));
}

const Task& task_of(const LaneRecord& r) {
  return r.place.entry().task;
}

template <typename Read>
Value of_record(const LaneRecord& r, Read&& read) {
  const Record* record = r.place.record();
  return record == nullptr ? Value::missing() : from_unsigned(read(*record));
}

Value address_of(const LaneRecord& r) {
  if (r.place.record() == nullptr) return Value::missing();
  const auto address = r.place.address(0);
  return address ? from_unsigned(*address) : Value::none();
}

Value operator_of(const LaneRecord& r) {
  const npuscope::Node* node = r.place.node();
  return node == nullptr ? Value::missing() : Value::of_text(node->op);
}

Value node_of(const LaneRecord& r) {
  const npuscope::Node* node = r.place.node();
  return node == nullptr ? Value::missing() : Value::of_text(node->name);
}

Value link_of(const LaneRecord& r) {
  const LinkKind link = r.place.entry().link;
  return link == LinkKind::unknown ? Value::missing() : Value::of_text(name_of(link));
}

Value buffer_of(const LaneRecord& r) {
  const Record* record = r.place.record();
  if (record == nullptr) return Value::missing();
  return Value::of_text(r.place.capture.buffers[record->at.buffer].name);
}

using enum PropertyKind;

constexpr std::array<Property, 26> all{{
    {"task", number, true, "index of the task in its table",
     [](const LaneRecord& r) { return from_unsigned(r.place.task); }},
    {"task.op_idx", number, true, "index of its node in the model graph",
     [](const LaneRecord& r) { return Value::of(task_of(r).op_idx); }},
    {"task.amount", number, false, "body words that the task states",
     [](const LaneRecord& r) { return Value::of(task_of(r).regcfg_amount); }},
    {"task.enable_mask", hexadecimal, false, "blocks that the record starts",
     [](const LaneRecord& r) { return Value::of(task_of(r).enable_mask); }},
    {"task.int_mask", hexadecimal, false, "interrupts that end the task",
     [](const LaneRecord& r) { return Value::of(task_of(r).int_mask); }},
    {"task.int_clear", hexadecimal, false, "interrupts that are cleared before",
     [](const LaneRecord& r) { return Value::of(task_of(r).int_clear); }},
    {"task.int_status", hexadecimal, false, "interrupts that came, after a run",
     [](const LaneRecord& r) { return Value::of(task_of(r).int_status); }},
    {"task.flags", hexadecimal, false, "flags of the task",
     [](const LaneRecord& r) { return Value::of(task_of(r).flags); }},
    {"task.address", hexadecimal, false, "regcmd_addr: of the first word, as the task states it",
     [](const LaneRecord& r) { return from_unsigned(task_of(r).regcmd_addr); }},
    {"record", number, false, "number of the record; tasks may share one",
     [](const LaneRecord& r) {
       return r.place.record() == nullptr ? Value::missing()
                                          : from_unsigned(r.place.entry().record);
     }},
    {"record.offset", hexadecimal, true, "bytes from the begin of its buffer",
     [](const LaneRecord& r) {
       return of_record(r, [](const Record& record) { return record.at.offset; });
     }},
    {"record.address", hexadecimal, true, "device address of its first word", address_of},
    {"record.words", number, false, "words of body and tail",
     [](const LaneRecord& r) {
       return of_record(r, [](const Record& record) { return record.total_words(); });
     }},
    {"record.known_words", number, false, "of these, words that were captured",
     [](const LaneRecord& r) {
       return of_record(r, [](const Record& record) { return record.known_words(); });
     }},
    {"record.complete", truth, false, "all of its words were captured",
     [](const LaneRecord& r) {
       return Value::of(r.place.record() != nullptr && r.place.record()->complete() ? 1 : 0);
     }},
    {"record.link", text, false, "where its tail leads: next, end, other-record, ...", link_of},
    {"buffer", text, true, "name of the buffer that holds it", buffer_of},
    {"cores", number, true, "cores of its program: 1, 2 or 3",
     [](const LaneRecord& r) { return Value::of(r.place.program.cores); }},
    {"submitted", truth, false, "its program is the one that a submit runs",
     [](const LaneRecord& r) { return Value::of(r.place.program.submitted ? 1 : 0); }},
    {"core", number, true, "core that runs it",
     [](const LaneRecord& r) { return Value::of(r.place.lane().core); }},
    {"lane", number, false, "number of its lane in the program",
     [](const LaneRecord& r) { return from_unsigned(r.place.lane_number); }},
    {"position", number, false, "its place in the lane, from 0",
     [](const LaneRecord& r) { return from_unsigned(r.place.task - r.place.lane().first); }},
    {"set", number, false, "number of its task table in the input",
     [](const LaneRecord& r) { return from_unsigned(r.place.set_number); }},
    {"op", text, true, "operator of its node, in model files", operator_of},
    {"node", text, true, "name of its node, in model files", node_of},
    {"source", text, false, "path or name of the input",
     [](const LaneRecord& r) { return Value::of_text(r.place.capture.source); }},
}};

}  // namespace

std::span<const Property> properties() {
  return all;
}

const Property* property_named(std::string_view name) {
  const auto same = [name](const Property& item) {
    return std::equal(
        name.begin(), name.end(), item.name.begin(), item.name.end(),
        [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
  };
  const auto* found = std::find_if(all.begin(), all.end(), same);
  return found == all.end() ? nullptr : found;
}

}  // namespace npuscope::query
