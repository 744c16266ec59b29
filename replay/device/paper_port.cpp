#include "replay/device/paper_port.h"

#include <cerrno>
#include <deque>
#include <memory>
#include <vector>

#include "decoder/device_memory.h"
#include "replay/device/uabi/drm.h"

namespace npuscope {

using namespace uabi;

namespace {

constexpr std::uint64_t first_offset = std::uint64_t{1} << 32U;  // of mmap; KABI 1.5
constexpr std::uint64_t most_bytes = std::uint64_t{1} << 31U;

class Paper {
 public:
  explicit Paper(bool rocket) : rocket_(rocket), next_address_(rocket ? 0 : 0xfffff000) {}

  int ioctl(std::uint32_t word, void* structure) {
    const std::uint32_t number = ioctl_number(word);
    if (number == ioctl_number(drm::gem_flink)) {
      auto& flink = *static_cast<drm::GemFlink*>(structure);
      flink.name = flink.handle;  // as on a fresh board
      return 0;
    }
    if (number < rknpu::first_number) return 0;
    return rocket_ ? rocket_call(number - rocket::first_number, structure)
                   : rknpu_call(number - rknpu::first_number, structure);
  }

  std::span<std::byte> map(std::uint64_t offset, std::uint64_t bytes) {
    for (Buffer& buffer : buffers_)
      if (buffer.offset == offset && bytes <= buffer.memory.size())
        return std::span(buffer.memory).first(bytes);
    return {};
  }

 private:
  struct Buffer {
    std::uint64_t offset = 0, address = 0;
    std::vector<std::byte> memory;
  };

  // nullptr: nothing so large fits.
  Buffer* create(std::uint64_t bytes) {
    const std::uint64_t pages = whole_pages(bytes);
    if (bytes == 0 || bytes > most_bytes) return nullptr;
    if (rocket_ ? next_address_ + pages > UINT32_MAX : pages > next_address_) return nullptr;
    Buffer buffer;
    buffer.address = rocket_ ? next_address_ : next_address_ - pages;
    next_address_ = rocket_ ? next_address_ + pages : buffer.address;
    buffer.offset = next_offset_;
    next_offset_ += pages;
    buffer.memory.resize(pages);
    buffers_.push_back(std::move(buffer));
    return &buffers_.back();
  }

  int rknpu_call(std::uint32_t number, void* structure) {
    if (number == rknpu::action) return answer(*static_cast<rknpu::Action*>(structure));
    if (number == rknpu::mem_map) {
      auto& map = *static_cast<rknpu::MemMap*>(structure);
      if (map.handle == 0 || map.handle > buffers_.size()) return ENOENT;
      map.offset = buffers_[map.handle - 1].offset;
    }
    if (number != rknpu::mem_create) return 0;
    auto& made = *static_cast<rknpu::MemCreate*>(structure);
    const Buffer* buffer = create(made.size);
    if (buffer == nullptr) return ENOMEM;
    made.handle = static_cast<std::uint32_t>(buffers_.size());
    made.size = buffer->memory.size();
    // A kernel pointer on a board; recognisable here as none.
    made.obj_addr = 0xffffff8000000000 + std::uint64_t{0x400} * made.handle;
    made.dma_addr = buffer->address;
    return 0;
  }

  // Source: the answers of driver 0.9.8 on an RK3588 (KABI 1.6).
  static int answer(rknpu::Action& action) {
    switch (action.flags) {
      case rknpu::get_hw_version:
        action.value = 0x46495245;
        return 0;
      case rknpu::get_drv_version:
        action.value = 908;
        return 0;
      case rknpu::get_iommu_en:
        action.value = 1;
        return 0;
      case rknpu::get_iommu_domain_id:
        action.value = 0;
        return 0;
      case rknpu::power_on:
      case rknpu::power_off:
        return EINVAL;
      default:
        return 0;
    }
  }

  int rocket_call(std::uint32_t number, void* structure) {
    if (number != rocket::create_bo) return 0;
    auto& made = *static_cast<rocket::CreateBo*>(structure);
    const Buffer* buffer = create(made.size);
    if (buffer == nullptr) return ENOMEM;
    made.handle = static_cast<std::uint32_t>(buffers_.size());
    made.dma_address = buffer->address;
    made.offset = buffer->offset;
    return 0;
  }

  bool rocket_;
  std::uint64_t next_address_, next_offset_ = first_offset;
  std::deque<Buffer> buffers_;  // memory stays where it is
};

}  // namespace

DrmPort paper_port(std::string_view driver) {
  auto paper = std::make_shared<Paper>(driver == "rocket");
  DrmPort port;
  port.driver = driver;
  port.node = "paper";
  port.ioctl = [paper](std::uint32_t word, void* structure) {
    return paper->ioctl(word, structure);
  };
  port.map = [paper](std::uint64_t offset, std::uint64_t bytes) {
    return paper->map(offset, bytes);
  };
  port.unmap = [](std::span<std::byte>) {};
  return port;
}

}  // namespace npuscope
