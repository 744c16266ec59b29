#include "replay/device/call_log.h"

#include <fmt/format.h>

#include "replay/device/uabi/drm.h"

namespace npuscope {

using namespace uabi;

namespace {

// The interface holds pointers as numbers.
template <typename T>
const T* pointer_in(std::uint64_t field) {
  return reinterpret_cast<const T*>(field);  // NOLINT(performance-no-int-to-ptr)
}

// An event in the making.
class Line {
 public:
  explicit Line(std::string kind) { event_.kind = std::move(kind); }
  Line& dec(std::string key, std::int64_t value) {
    event_.arguments.emplace_back(std::move(key), std::to_string(value));
    return *this;
  }
  Line& hex(std::string key, std::uint64_t value, int digits = 1) {
    event_.arguments.emplace_back(std::move(key), fmt::format("0x{:0{}x}", value, digits));
    return *this;
  }
  Line& text(std::string key, std::string value) {
    event_.arguments.emplace_back(std::move(key), std::move(value));
    return *this;
  }
  [[nodiscard]] Event take() { return std::move(event_); }

 private:
  Event event_;
};

Line submit_line(std::uint32_t number, const rknpu::Submit& submit) {
  Line line("SUBMIT");
  line.dec("number", number).hex("cmd", rknpu_word(rknpu::submit, sizeof submit));
  line.dec("size", sizeof submit).hex("flags", submit.flags, 8).dec("timeout", submit.timeout);
  line.dec("task_start", submit.task_start).dec("task_number", submit.task_number);
  line.dec("task_counter", submit.task_counter).dec("priority", submit.priority);
  line.hex("task_obj_addr", submit.task_obj_addr);
  // Bytes 32..39, by the name that the traces have for them: zero is right for every version.
  line.hex("regcfg_obj_addr", submit.iommu_domain_id | std::uint64_t{submit.reserved} << 32);
  line.hex("task_base_addr", submit.task_base_addr);
  line.hex("user_data", static_cast<std::uint64_t>(submit.hw_elapse_time));
  line.hex("core_mask", submit.core_mask, 8).dec("fence_fd", submit.fence_fd);
  for (std::size_t i = 0; i < std::size(submit.subcore_task); ++i)
    line.text(fmt::format("subcore_task[{}]", i),
              fmt::format("{{task_start={}, task_number={}}}", submit.subcore_task[i].task_start,
                          submit.subcore_task[i].task_number));
  return line;
}

class Logger {
 public:
  Logger(DrmPort port, std::shared_ptr<CallLog> log)
      : port_(std::move(port)), log_(std::move(log)) {}

  int ioctl(std::uint32_t word, void* structure) {
    const std::uint32_t number = ioctl_number(word);
    const std::uint32_t of_kind = ++log_->of_number[number];
    const std::string kind = before(number, of_kind, structure);
    const int error = port_.ioctl(word, structure);
    Line returned("IOCTL_RET");
    returned.dec("call", ++log_->calls).text("kind", kind);
    if (error == 0) {
      returned.dec("ret", 0);
    } else {
      returned.dec("ret", -1).dec("errno", error);
    }
    add(returned);
    if (error == 0) after(number, of_kind, structure);
    return error;
  }

  std::span<std::byte> map(std::uint64_t offset, std::uint64_t bytes) {
    Line line("MMAP");
    line.dec("number", ++log_->maps).dec("length", static_cast<std::int64_t>(bytes));
    add(line.hex("offset", offset));
    return port_.map(offset, bytes);
  }

 private:
  void add(Line& line) { log_->events.push_back(line.take()); }

  std::string before(std::uint32_t number, std::uint32_t of_kind, const void* structure) {
    if (number < rknpu::first_number) return before_core(number, structure);
    return port_.driver == "rocket" ? before_rocket(number, of_kind, structure)
                                    : before_rknpu(number, of_kind, structure);
  }

  std::string before_core(std::uint32_t number, const void* structure) {
    if (number == ioctl_number(drm::gem_close)) {
      Line line("GEM_CLOSE");
      add(line.hex("handle", static_cast<const drm::GemClose*>(structure)->handle));
      return "GEM_CLOSE";
    }
    if (number == ioctl_number(drm::gem_flink)) {
      Line line("GEM_FLINK");
      add(line.hex("handle", static_cast<const drm::GemFlink*>(structure)->handle));
      return "GEM_FLINK";
    }
    if (number == ioctl_number(drm::prime_handle_to_fd)) {
      const auto& prime = *static_cast<const drm::PrimeHandle*>(structure);
      Line line("PRIME_HANDLE_TO_FD");
      add(line.hex("handle", prime.handle).hex("flags", prime.flags));
      return "PRIME_HANDLE_TO_FD";
    }
    Line line("IOCTL");
    add(line.hex("number", number));
    return "IOCTL";
  }

  std::string before_rknpu(std::uint32_t number, std::uint32_t of_kind, const void* structure) {
    switch (number - rknpu::first_number) {
      case rknpu::action: {
        const auto& action = *static_cast<const rknpu::Action*>(structure);
        Line line("ACTION");
        add(line.hex("flags", action.flags, 8).hex("value", action.value, 8));
        return "ACTION";
      }
      case rknpu::submit: {
        Line line = submit_line(of_kind, *static_cast<const rknpu::Submit*>(structure));
        add(line);
        return "SUBMIT";
      }
      case rknpu::mem_create: {
        const auto& create = *static_cast<const rknpu::MemCreate*>(structure);
        Line line("MEM_CREATE");
        line.dec("number", of_kind).dec("size", static_cast<std::int64_t>(create.size));
        add(line.hex("flags", create.flags, 8).hex("handle", create.handle));
        return "MEM_CREATE";
      }
      case rknpu::mem_map: {
        Line line("MEM_MAP");
        line.dec("number", of_kind);
        add(line.hex("handle", static_cast<const rknpu::MemMap*>(structure)->handle));
        return "MEM_MAP";
      }
      case rknpu::mem_destroy: {
        const auto& destroy = *static_cast<const rknpu::MemDestroy*>(structure);
        Line line("MEM_DESTROY");
        line.dec("number", of_kind).hex("handle", destroy.handle);
        add(line.hex("obj", destroy.obj_addr));
        return "MEM_DESTROY";
      }
      case rknpu::mem_sync: {
        const auto& sync = *static_cast<const rknpu::MemSync*>(structure);
        Line line("MEM_SYNC");
        line.hex("flags", sync.flags, 8).hex("obj", sync.obj_addr);
        add(line.dec("offset", static_cast<std::int64_t>(sync.offset))
                .dec("size", static_cast<std::int64_t>(sync.size)));
        return "MEM_SYNC";
      }
      default:
        return before_core(number, structure);
    }
  }

  std::string before_rocket(std::uint32_t number, std::uint32_t of_kind, const void* structure) {
    switch (number - rocket::first_number) {
      case rocket::create_bo: {
        Line line("CREATE_BO");
        line.dec("number", of_kind);
        add(line.dec("size", static_cast<const rocket::CreateBo*>(structure)->size));
        return "CREATE_BO";
      }
      case rocket::submit: {
        add_rocket_submit(of_kind, *static_cast<const rocket::Submit*>(structure));
        return "SUBMIT";
      }
      case rocket::prep_bo: {
        Line line("PREP_BO");
        add(line.hex("handle", static_cast<const rocket::PrepBo*>(structure)->handle));
        return "PREP_BO";
      }
      case rocket::fini_bo: {
        Line line("FINI_BO");
        add(line.hex("handle", static_cast<const rocket::FiniBo*>(structure)->handle));
        return "FINI_BO";
      }
      default:
        return before_core(number, structure);
    }
  }

  // The submit is ours, so the pointers in it lead to what rocket_device made.
  void add_rocket_submit(std::uint32_t of_kind, const rocket::Submit& submit) {
    Line line("SUBMIT");
    add(line.dec("number", of_kind).dec("jobs", submit.job_count));
    const auto* jobs = pointer_in<rocket::Job>(submit.jobs);
    for (std::uint32_t j = 0; j < submit.job_count; ++j) {
      const rocket::Job& job = jobs[j];
      const auto handles = [](std::uint64_t at, std::uint32_t count) {
        const auto* list = pointer_in<std::uint32_t>(at);
        return fmt::format("{}", fmt::join(std::span(list, count), ","));
      };
      Line job_line("SUBMIT_JOB");
      job_line.dec("tasks", job.task_count);
      add(job_line.text("in", handles(job.in_bo_handles, job.in_bo_handle_count))
              .text("out", handles(job.out_bo_handles, job.out_bo_handle_count)));
      const auto* tasks = pointer_in<rocket::Task>(job.tasks);
      for (std::uint32_t t = 0; t < job.task_count; ++t) {
        Line task_line("SUBMIT_TASK");
        add(task_line.hex("regcmd", tasks[t].regcmd).dec("regcmd_count", tasks[t].regcmd_count));
      }
    }
  }

  // What the kernel wrote back.
  void after(std::uint32_t number, std::uint32_t of_kind, const void* structure) {
    if (port_.driver == "rocket") {
      if (number != rocket::first_number + rocket::create_bo) return;
      const auto& create = *static_cast<const rocket::CreateBo*>(structure);
      Line line("CREATE_BO_RET");
      line.dec("number", of_kind).hex("handle", create.handle).hex("dma", create.dma_address);
      return add(line.hex("offset", create.offset));
    }
    if (number == rknpu::first_number + rknpu::mem_create) {
      const auto& create = *static_cast<const rknpu::MemCreate*>(structure);
      Line line("MEM_CREATE_RET");
      line.dec("number", of_kind).hex("handle", create.handle).hex("obj", create.obj_addr);
      add(line.hex("dma", create.dma_addr)
              .dec("sram", static_cast<std::int64_t>(create.sram_size)));
    } else if (number == rknpu::first_number + rknpu::mem_map) {
      const auto& map = *static_cast<const rknpu::MemMap*>(structure);
      Line line("MEM_MAP_RET");
      add(line.dec("number", of_kind).hex("handle", map.handle).hex("offset", map.offset));
    }
  }

  DrmPort port_;
  std::shared_ptr<CallLog> log_;
};

// "key=value ..." of the arguments [first, ...).
std::string pairs_of(const Event& event, std::size_t first) {
  std::string text;
  for (std::size_t i = first; i < event.arguments.size(); ++i)
    text += fmt::format(" {}={}", event.arguments[i].first, event.arguments[i].second);
  return text;
}

std::string submit_block(const Event& event) {
  const auto& all = event.arguments;
  std::string text =
      fmt::format("\n=== DRM_IOCTL_RKNPU_SUBMIT #{} cmd={} size={} ===", all[0].second,
                  all[1].second, all[2].second);
  constexpr std::size_t breaks[] = {3, 7, 10, 13, 15, 16, 17, 18, 19};
  std::size_t next = 0;
  for (std::size_t i = 3; i < all.size(); ++i) {
    if (next < std::size(breaks) && i == breaks[next]) {
      text += "\n ";
      ++next;
    }
    text += fmt::format(" {}={}", all[i].first, all[i].second);
  }
  return text;
}

}  // namespace

DrmPort logged(DrmPort port, std::shared_ptr<CallLog> log) {
  auto logger = std::make_shared<Logger>(port, std::move(log));
  port.ioctl = [logger](std::uint32_t word, void* structure) {
    return logger->ioctl(word, structure);
  };
  port.map = [logger](std::uint64_t offset, std::uint64_t bytes) {
    return logger->map(offset, bytes);
  };
  return port;
}

std::string line_of(const Event& event) {
  const auto& all = event.arguments;
  if (event.kind == "SUBMIT" && all.size() > 3) return submit_block(event);
  if (event.kind == "IOCTL_RET")
    return fmt::format("IOCTL_RET #{} {}{}", all[0].second, all[1].second, pairs_of(event, 2));
  if (!all.empty() && all[0].first == "number")
    return fmt::format("{} #{}{}", event.kind, all[0].second, pairs_of(event, 1));
  return event.kind + pairs_of(event, 0);
}

void write_call_log(const CallLog& log, Sink& sink) {
  for (const Event& event : log.events) sink.put(line_of(event) + "\n");
}

}  // namespace npuscope
