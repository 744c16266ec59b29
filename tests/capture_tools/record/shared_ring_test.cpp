// The memory between a recorded program and its recorder, written by threads, by a program that
// died, and by one that does as it likes.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "capture_tools/record/ring_reader.h"

namespace npuscope::record {
namespace {

// A ring as the preloaded library makes it.
class Ring {
 public:
  explicit Ring(std::size_t bytes = shared_ring_bytes, int seals = F_SEAL_SHRINK)
      : fd_(memfd_create("ring", MFD_ALLOW_SEALING)) {
    EXPECT_EQ(ftruncate(fd_, static_cast<off_t>(bytes)), 0);
    memory_ = mmap(nullptr, shared_ring_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
    if (bytes >= sizeof(RingHead)) new (memory_) RingHead{.owner = getpid()};
    EXPECT_EQ(fcntl(fd_, F_ADD_SEALS, seals), 0);
  }
  ~Ring() {
    munmap(memory_, shared_ring_bytes);
    close(fd_);
  }
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;
  [[nodiscard]] int fd() const { return fd_; }
  RingHead& head() { return *static_cast<RingHead*>(memory_); }

 private:
  int fd_;
  void* memory_;
};

// With the zero behind it. False: there is no room.
bool put(RingHead& ring, const std::string& text) {
  const RingPacket packet = reserve(ring, text.size() + 1);
  if (packet.data == nullptr) return false;
  std::memcpy(packet.data, text.c_str(), text.size() + 1);
  commit(packet);
  return true;
}

// What is there, without the bytes that align.
std::vector<std::string> all(RingReader& reader) {
  std::vector<std::string> texts;
  reader.read(reader.end(), [&](std::span<const std::byte> packet) {
    texts.emplace_back(reinterpret_cast<const char*>(packet.data()));
  });
  return texts;
}

TEST(SharedRing, PacketsComeOutAsTheyWentIn) {
  Ring ring;
  auto reader = RingReader::open(ring.fd());
  ASSERT_TRUE(reader);
  EXPECT_TRUE(put(ring.head(), "one") && put(ring.head(), "another one"));
  EXPECT_EQ(all(*reader), (std::vector<std::string>{"one", "another one"}));
  EXPECT_EQ(all(*reader), std::vector<std::string>());
  EXPECT_EQ(reader->unread(), 0U);
}

// Three times around, of sizes that never fit the end.
TEST(SharedRing, GoesAround) {
  Ring ring;
  auto reader = RingReader::open(ring.fd());
  ASSERT_TRUE(reader);
  std::size_t bytes = 0;
  for (int i = 0; bytes < 3 * ring_bytes; ++i) {
    const std::string text(static_cast<std::size_t>(1000 + i * 37 % 5000),
                           static_cast<char>('a' + i % 26));
    ASSERT_TRUE(put(ring.head(), text));
    bytes += text.size();
    const auto got = all(*reader);
    ASSERT_EQ(got.size(), 1U) << i;
    ASSERT_EQ(got[0], text) << i;
  }
}

TEST(SharedRing, IsFullUntilItIsRead) {
  Ring ring;
  auto reader = RingReader::open(ring.fd());
  ASSERT_TRUE(reader);
  const std::string text(99'999, 'x');
  std::size_t count = 0;
  while (put(ring.head(), text)) ++count;
  EXPECT_EQ(count, ring_bytes / (text.size() + 1 + ring_entry_align));
  EXPECT_EQ(all(*reader).size(), count);
  EXPECT_TRUE(put(ring.head(), text));
  EXPECT_EQ(reserve(ring.head(), ring_bytes).data, nullptr);  // never fits
}

std::string line(int thread, int number) {
  return std::to_string(thread) + " " + std::to_string(number) +
         std::string(static_cast<std::size_t>(number % 200), '.');
}

TEST(SharedRing, ThreadsWriteAtOnce) {
  Ring ring;
  auto reader = RingReader::open(ring.fd());
  ASSERT_TRUE(reader);
  constexpr int threads = 4, each = 20'000;
  std::vector<std::thread> writers;
  for (int t = 0; t < threads; ++t)
    writers.emplace_back([&, t] {
      for (int i = 0; i < each; ++i)
        while (!put(ring.head(), line(t, i))) std::this_thread::yield();
    });
  int next[threads] = {}, total = 0;
  while (total < threads * each)
    for (const std::string& text : all(*reader)) {
      const int t = text[0] - '0';
      ASSERT_EQ(text, line(t, next[t]));
      ++next[t], ++total;
    }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(reader->unread(), 0U);
}

// What was reserved and never completed keeps back what is behind it, and is known.
TEST(SharedRing, AnUnfinishedPacketIsUnread) {
  Ring ring;
  auto reader = RingReader::open(ring.fd());
  ASSERT_TRUE(reader);
  EXPECT_TRUE(put(ring.head(), "one"));
  ASSERT_NE(reserve(ring.head(), 20).data, nullptr);
  EXPECT_TRUE(put(ring.head(), "two"));
  EXPECT_EQ(all(*reader), std::vector<std::string>{"one"});
  EXPECT_GT(reader->unread(), 0U);
}

// Sizes that are none, ends that are none: nothing is read there, and nothing beyond.
TEST(SharedRing, WhatIsNoEntryEndsTheReading) {
  const auto spoiled = [](auto&& spoil) {
    Ring ring;
    auto reader = RingReader::open(ring.fd());
    EXPECT_TRUE(reader);
    EXPECT_TRUE(put(ring.head(), "one") && put(ring.head(), "two"));
    spoil(ring.head());
    return all(*reader).size() + all(*reader).size();
  };
  EXPECT_EQ(spoiled([](RingHead&) {}), 2U);
  for (const std::uint32_t size : {1U, 4U, 9U, 12U, 0x7ffffff8U, 0xfffffff8U, 0xffffffffU})
    EXPECT_EQ(spoiled([&](RingHead& head) { ring_size_at(head, 0) = size; }), 0U) << size;
  EXPECT_EQ(spoiled([](RingHead& head) { head.reserved = ~std::uint64_t{7}; }), 0U);
  EXPECT_EQ(spoiled([](RingHead& head) { head.read = 1234567; }), 2U);  // only the program's loss
}

TEST(SharedRing, OtherMemoryIsNoRing) {
  EXPECT_TRUE(RingReader::open(Ring().fd()));
  EXPECT_FALSE(RingReader::open(Ring(shared_ring_bytes, 0).fd()));  // could shrink while it is read
  EXPECT_FALSE(RingReader::open(Ring(shared_ring_bytes / 2).fd()));
  Ring other;
  other.head().magic = 0;
  EXPECT_FALSE(RingReader::open(other.fd()));
  EXPECT_FALSE(RingReader::open(-1));
}

}  // namespace
}  // namespace npuscope::record
