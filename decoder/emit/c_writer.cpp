#include <fmt/format.h>

#include "decoder/emit/writers.h"

namespace npuscope {

namespace {

// Arrays that a client can compile in, one per task, the text of each word as a comment.
class CWriter {
 public:
  CWriter(const RegisterDb& db, Sink& sink) : db_(db), sink_(sink) {}

  void begin_set(const SetView& view) {
    say("/* {}: {}\n   {} tasks, addresses {} */", comment_text(view.capture.source),
        comment_text(view.capture.kind), view.set.tasks.size(),
        view.set.relative ? "are offsets until placed" : "as captured");
  }
  void begin_program(const SetView&, const Program& program) { cores_ = program.cores; }
  void begin_lane(const SetView&, const Program&, const Lane& lane) { core_ = lane.core; }

  void task(const SetView& view, const TaskView& task) {
    if (task.record == nullptr) {
      say("\n/* task {}: words not captured */", task.index);
      return;
    }
    const Record& record = *task.record;
    const Task& t = task.entry.task;
    say("\n/* task {}: {}, op_idx {}, at {:#x}, {} body words, link {} */", task.index,
        blocks_of(t.enable_mask), node_text(view, t.op_idx), view.address(record.at.offset),
        record.body_words, link_text(task.entry, task.record));
    if (!record.complete()) {
      say("/* {} of {} words were not captured: no array */",
          record.total_words() - record.known_words(), record.total_words());
      return;
    }
    say("static const uint64_t set{}_{}core_core{}_task{}[{}] = {{", set_, cores_, core_,
        task.index, record.total_words());
    record.for_each_word([&](std::size_t, Word word) {
      const Register* reg = db_.at(word.offset());
      const bool known =
          reg != nullptr && reg->block && reg->block == block_of_target(word.target());
      const std::string_view name = is_operation_enable(word) ? "OPERATION_ENABLE"
                                    : is_marker(word)         ? "marker"
                                    : word.raw == 0           ? "no next record"
                                    : known                   ? std::string_view(reg->full_name)
                                                              : "unknown";
      say("    0x{:016x}u, /* {} = {:#x} */", word.raw, name, word.value());
    });
    say("}};");
  }
  void end_set(const SetView&) { ++set_; }

 private:
  template <typename... Args>
  void say(fmt::format_string<Args...> text, Args&&... args) {
    sink_.put(fmt::format(text, std::forward<Args>(args)...));
    sink_.put("\n");
  }

  const RegisterDb& db_;
  Sink& sink_;
  std::size_t set_ = 0;  // counted over all inputs: the names of arrays must differ
  unsigned cores_ = 0, core_ = 0;
};

}  // namespace

void write_c(const std::vector<Opened>& inputs, const RegisterDb& db, const Selection& selection,
             Sink& sink) {
  CWriter writer(db, sink);
  sink.put("#include <stdint.h>\n\n");
  for (const Opened& input : inputs) walk(input.capture, input.sets, selection, writer);
}

}  // namespace npuscope
